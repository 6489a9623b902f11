"""What stands for a captcha: the browser does a second of work that costs a machine gun dearly. No third party.

ALTCHA, version 2 (https://altcha.org/docs/v2/proof-of-work/): the task is signed, has an expiry and a number that the
browser finds by trying; every try is a PBKDF2. The page's part is static/proof-of-work.js.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import altcha
from flask import current_app
from flask_babel import lazy_gettext

from app.kernel import limits
from app.kernel.clock import now
from app.kernel.database import use_case
from app.kernel.errors import InvalidInput

ALGORITHM = "PBKDF2/SHA-256"
ROUNDS = 5000
FEWEST_TRIES, MOST_TRIES = 150, 300
VALID = timedelta(minutes=10)
LONGEST = 4096


class ProofRefused(InvalidInput):
    """Raised when the check was not done, is wrong, too old, or was used before (400)."""

    default = lazy_gettext("The check in your browser did not work. Please press the button once more.")


def task() -> dict[str, Any]:
    """A fresh task for a browser: ALTCHA's challenge and `most`, the number of tries that surely suffice."""
    challenge = altcha.create_challenge(
        ALGORITHM,
        ROUNDS,
        derive_key=altcha.derive_key_pbkdf2,
        counter=FEWEST_TRIES + secrets.randbelow(MOST_TRIES - FEWEST_TRIES + 1),
        expires_at=now() + VALID,
        hmac_secret=_secret("task"),
        hmac_key_secret=_secret("answer"),
    )
    return {"challenge": challenge.to_dict(), "most": MOST_TRIES}


@use_case
def check(proof: str) -> None:
    """Accept a solved task once, or raise ProofRefused. `proof` is ALTCHA's payload: base64 of JSON."""
    if len(proof) > LONGEST:
        raise ProofRefused
    result = altcha.verify_solution(
        proof,
        _secret("task"),
        derive_key=altcha.derive_key_pbkdf2,
        hmac_key_secret=_secret("answer"),
    )
    if not result.verified:
        raise ProofRefused
    signature, expires_at = _identity(proof)
    if not limits.once("proof-of-work", signature, until=expires_at):
        raise ProofRefused


def _identity(proof: str) -> tuple[str, datetime]:
    """What tells one task from another. Only for a proof that was verified: then both values are our own."""
    try:
        challenge = json.loads(base64.b64decode(proof))["challenge"]
        expires_at = datetime.fromtimestamp(challenge["parameters"]["expiresAt"], UTC)
        return str(challenge["signature"]).lower(), expires_at
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise ProofRefused from None


def _secret(purpose: str) -> bytes:
    key: bytes = current_app.extensions["desk_settings"].token_key
    return hmac.new(key, f"proof-of-work\0{purpose}".encode(), hashlib.sha256).digest()
