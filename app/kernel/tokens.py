"""Random tokens for links (kept as digests only), signed values, and short public references."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from flask import current_app

# Crockford's base 32 without the letters that people confuse when reading aloud.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True)
class Token:
    """A random token: `text` goes into one letter and nowhere else, `digest` (32 bytes) into the database."""

    text: str
    digest: bytes

    def __repr__(self) -> str:
        return "Token(…)"


def new_token() -> Token:
    """256 random bits, URL-safe."""
    text = secrets.token_urlsafe(32)
    return Token(text, digest_of(text))


def digest_of(text: str) -> bytes:
    """SHA-256 of a token; enough because the token has 256 random bits."""
    return hashlib.sha256(text.encode()).digest()


def reference(prefix: str, length: int = 5) -> str:
    """A public reference such as D-7F3K2; random, so that numbers tell nothing. The caller keeps them unique."""
    return f"{prefix}-" + "".join(secrets.choice(ALPHABET) for _ in range(length))


def sign(purpose: str, value: str) -> str:
    """`value.signature`: 128 bits of HMAC-SHA256 under the token key, bound to the purpose."""
    return f"{value}.{_signature(purpose, value)}"


def unsign(purpose: str, signed: str) -> str | None:
    """The value of something made by `sign` for the same purpose, else None."""
    value, dot, signature = signed.rpartition(".")
    good = dot and hmac.compare_digest(signature.encode(), _signature(purpose, value).encode())
    return value if good else None


def _signature(purpose: str, value: str) -> str:
    key: bytes = current_app.extensions["desk_settings"].token_key
    mac = hmac.new(key, f"{purpose}\0{value}".encode(), hashlib.sha256).digest()[:16]
    return base64.b32encode(mac).decode().rstrip("=").lower()
