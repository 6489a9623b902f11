"""Brings a database and a data folder up to date by the operator's own commands: migrate, authority, staff.

One process runs them all, because loading the desk takes longer than each of them.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sys
import traceback
from pathlib import Path

from flask import Flask

from app import create_app
from config import Settings
from demo.people import sign_ins

PROJECT = Path(__file__).resolve().parent.parent


class CommandFailed(Exception):
    """Raised when one of the operator's commands fails; the text is the command and what it said."""


def wanted() -> str:
    """A digest of everything that preparing depends on; a run that finds it unchanged may skip preparing."""
    files = [
        *sorted((PROJECT / "migrations" / "versions").glob("*.py")),
        Path(__file__),
        PROJECT / "demo" / "people.py",
        PROJECT / "app" / "knowledge" / "starters.toml",
    ]
    return hashlib.sha256(b"".join(file.name.encode() + file.read_bytes() for file in files)).hexdigest()


def is_done(settings: Settings) -> bool:
    """Tell whether an earlier run prepared this data folder for this very code."""
    note = settings.data_dir / "prepared"
    return note.exists() and note.read_text() == wanted()


def prepare(settings: Settings) -> None:
    """Run every command that is still needed; harmless when nothing is."""
    app = create_app(settings)
    run(app, "db", "upgrade")
    run(app, "knowledge", "seed")
    found_authority(app, settings)
    known = run(app, "staff", "list")
    # Supervisors last: each would get a letter about every administrator added after them.
    people = sorted(
        sign_ins(settings.data_dir / "sign-ins.txt"), key=lambda person: person.role == "supervisor"
    )
    for person in people:
        if person.email not in known:
            words = [
                "--name",
                person.name,
                "--email",
                person.email,
                "--role",
                person.role,
                "--password-stdin",
            ]
            run(app, "staff", "add", *words, text=person.password + "\n")
    (settings.data_dir / "prepared").write_text(wanted())


def found_authority(app: Flask, settings: Settings) -> None:
    """Make root and issuing authority once. An operator takes the root's key away; here it stays, private."""
    if settings.authority_dir.exists() and any(settings.authority_dir.iterdir()):
        return
    key, passphrase = settings.data_dir / "root-key.pem", secrets.token_urlsafe(24)
    key.unlink(missing_ok=True)
    run(app, "authority", "init", "--root-key", str(key), "--passphrase-stdin", text=passphrase + "\n")
    note = os.open(key.with_suffix(".passphrase"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(note, "w") as file:
        file.write(passphrase + "\n")


def run(app: Flask, *words: str, text: str = "") -> str:
    """Run one of the desk's commands in this process and return what it printed."""
    result = app.test_cli_runner().invoke(args=list(words), input=text)
    if result.exit_code != 0:
        print(result.output, *traceback.format_exception(result.exception), sep="\n")
        reason = (result.output.strip().splitlines() or [repr(result.exception)])[-1]
        raise CommandFailed(f"flask {' '.join(words[:2])}: {reason}")
    return result.output


def main() -> int:
    """Prepare what the settings name; the reason in one piece when a command fails."""
    try:
        prepare(Settings.from_env())
    except CommandFailed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
