"""The arithmetic of the hash chain; no database.

seal digest = SHA-256(previous digest ‖ canonical JSON of {seal number, every column of the entry}); the chain starts
from 32 zero bytes. A head is the newest seal, signed with Ed25519 and kept outside the database.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC

from app.audit.models import TrailEntry
from app.audit.record import canonical
from app.kernel import crypto

GENESIS = bytes(32)


@dataclass(frozen=True)
class Head:
    """The newest seal at some moment: its number, its digest, and our signature over both."""

    number: int
    digest: bytes
    signature: bytes

    def line(self) -> str:
        """One line of JSON for the heads' file."""
        return json.dumps(
            {
                "number": self.number,
                "digest": self.digest.hex(),
                "signature": base64.b64encode(self.signature).decode(),
            }
        )


def seal_digest(number: int, previous: bytes, entry: TrailEntry) -> bytes:
    """The digest of seal `number` over `entry`, following `previous` (32 bytes)."""
    content = {
        "number": number,
        "entry": entry.id,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_kind": entry.actor_kind,
        "actor_id": entry.actor_id,
        "verb": entry.verb,
        "subject_type": entry.subject_type,
        "subject_id": entry.subject_id,
        "dossier_id": entry.dossier_id,
        "detail": entry.detail_digest.hex() if entry.detail_digest else None,
    }
    return hashlib.sha256(previous + canonical(content)).digest()


def sign_head(seed: bytes, number: int, digest: bytes) -> Head:
    """Sign the newest seal with the trail's Ed25519 key (32-byte seed)."""
    return Head(number, digest, crypto.sign(seed, _signed(number, digest)))


def read_head(line: str, seed: bytes) -> Head | None:
    """The head of one line of the heads' file, or None when the line is broken or its signature is not ours."""
    try:
        raw = json.loads(line)
        head = Head(int(raw["number"]), bytes.fromhex(raw["digest"]), base64.b64decode(raw["signature"]))
    except (ValueError, KeyError, TypeError):
        return None
    good = crypto.verify(crypto.public_key(seed), _signed(head.number, head.digest), head.signature)
    return head if good else None


def _signed(number: int, digest: bytes) -> bytes:
    return b"xignature-trail-head\0" + canonical({"number": number, "digest": digest.hex()})
