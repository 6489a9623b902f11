"""The sealer: takes entries that have been committed, in that order, into the hash chain, and signs the head.

One sealer at a time (an advisory lock). The head is signed and written after the commit; a crash in between is made
good by the next sealing, because the file's newest head is then older than the newest seal.
"""

from __future__ import annotations

from pathlib import Path

from flask import current_app
from sqlalchemy import delete, select, text

from app.audit import heads
from app.audit.chain import GENESIS, seal_digest, sign_head
from app.audit.models import TrailEntry, TrailPending, TrailSeal
from app.kernel.database import db, use_case

LOCK = 0x7472_6169_6C
BATCH = 1000


def seal() -> int:
    """Seal everything that waits; returns how many entries were sealed."""
    total = 0
    while sealed := _seal_batch():
        total += sealed
    _sign_newest()
    return total


@use_case
def _seal_batch() -> int:
    db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    entries = db.session.scalars(
        select(TrailEntry)
        .join(TrailPending, TrailPending.entry_id == TrailEntry.id)
        .order_by(TrailEntry.id)
        .limit(BATCH)
    ).all()
    if not entries:
        return 0
    number, previous = newest()
    for entry in entries:
        number += 1
        digest = seal_digest(number, previous, entry)
        db.session.add(TrailSeal(id=number, entry_id=entry.id, previous=previous, digest=digest))
        previous = digest
    db.session.flush()
    db.session.execute(delete(TrailPending).where(TrailPending.entry_id.in_([entry.id for entry in entries])))
    return len(entries)


def newest() -> tuple[int, bytes]:
    """Number and digest of the newest seal; 0 and 32 zero bytes before the first."""
    row = db.session.execute(
        select(TrailSeal.id, TrailSeal.digest).order_by(TrailSeal.id.desc()).limit(1)
    ).first()
    return (row.id, bytes(row.digest)) if row else (0, GENESIS)


@use_case
def _sign_newest() -> None:
    """Sign under the sealer's lock, so that heads stand in the file in the chain's order."""
    settings = current_app.extensions["desk_settings"]
    folder: Path = settings.trail_dir
    db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    number, digest = newest()
    if number > heads.last_number(folder, settings.trail_key):
        heads.append(folder, sign_head(settings.trail_key, number, digest))
