"""Write one entry of the trail, in the transaction of the change it tells of."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from sqlalchemy import text

from app.kernel.actors import Actor
from app.kernel.clock import now
from app.kernel.database import Model, db, in_use_case


def canonical(content: Any) -> bytes:
    """Canonical JSON: sorted keys, no spaces, UTF-8; what digests are made over."""
    return json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str
    ).encode()


def detail_digest(salt: bytes, content: dict[str, Any]) -> bytes:
    """SHA-256 over the 32-byte salt and the canonical detail; the salt keeps short details from being guessed."""
    return hashlib.sha256(salt + canonical(content)).digest()


def record(
    verb: str,
    *,
    actor: Actor,
    subject: Model,
    dossier_id: int | None = None,
    reason: str | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Add an entry: `verb` such as dossier.approve, the actor, the subject row (already flushed or flushed here).

    Reason and details may hold personal data: they go to the erasable row beside the entry.
    """
    if not in_use_case():
        raise RuntimeError(
            "A trail entry is written inside a use case only, so that it is committed with the change."
        )
    db.session.flush()
    content = {
        **({"reason": reason} if reason else {}),
        **(json.loads(canonical(details)) if details else {}),
    }
    salt = secrets.token_bytes(32)
    entry = {
        "at": now(),
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "verb": verb,
        "subject_type": subject.__tablename__,
        "subject_id": subject.id,
        "dossier_id": dossier_id,
        "detail_digest": detail_digest(salt, content) if content else None,
    }
    db.session.execute(*(_with_detail(entry, salt, content) if content else (_ENTRY, entry)))


def _with_detail(entry: dict[str, Any], salt: bytes, content: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    return _ENTRY_WITH_DETAIL, {**entry, "salt": salt, "content": canonical(content).decode()}


# One statement instead of two or three: an act of the desk leaves several entries.
_INSERT = """
WITH entry AS (
    INSERT INTO trail_entry
        (at, actor_kind, actor_id, verb, subject_type, subject_id, dossier_id, detail_digest)
    VALUES (:at, :actor_kind, :actor_id, :verb, :subject_type, :subject_id, :dossier_id, :detail_digest)
    RETURNING id
)"""
_DETAIL = """, detail AS (
    INSERT INTO trail_detail (entry_id, salt, content) SELECT id, :salt, CAST(:content AS jsonb) FROM entry
)"""
_PENDING = "INSERT INTO trail_pending (entry_id) SELECT id FROM entry"
_ENTRY = text(f"{_INSERT} {_PENDING}")
_ENTRY_WITH_DETAIL = text(f"{_INSERT} {_DETAIL} {_PENDING}")
