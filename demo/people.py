"""The staff of the demo, and the file that remembers how they sign in."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

# No look-alikes: a newcomer may have to type these.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
PEOPLE = (
    ("agent", "Sari Wulandari"),
    ("agent", "Budi Santoso"),
    ("supervisor", "Dewi Lestari"),
    ("supervisor", "Agus Pratama"),
    ("administrator", "Rina Hartono"),
    ("administrator", "Joko Susilo"),
    ("auditor", "Maya Putri"),
)


@dataclass(frozen=True)
class SignIn:
    """Who signs in, and how."""

    role: str
    name: str
    email: str
    password: str


def sign_ins(file: Path) -> list[SignIn]:
    """Read the sign-ins, or make fresh ones and remember them in `file` (mode 0600)."""
    if not file.exists():
        text = "".join(f"{role}\t{name}\t{_address(name)}\t{_password()}\n" for role, name in PEOPLE)
        draft = file.with_suffix(".part")
        draft.unlink(missing_ok=True)
        with open(
            os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as output:
            output.write(text)
        draft.replace(file)
    return [SignIn(*line.split("\t")) for line in file.read_text(encoding="utf-8").splitlines()]


def _address(name: str) -> str:
    return f"{name.partition(' ')[0].lower()}@xignature.example"


def _password() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))
