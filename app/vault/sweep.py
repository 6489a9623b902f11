"""Remove what no row names: a process that was killed between writing a file and committing its row leaves one behind.

Nothing can be opened from it, because the key lies in the row. Only a person starts this: with a database that was
restored to an older state than the files, what is swept is what a newer dump would still name.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from app.gateways import gateways
from app.kernel.database import db
from app.vault.models import StoredFile


def left_behind(before: datetime) -> Iterator[str]:
    """Names of files that were written before that moment and have no row."""
    for names in gateways().vault.names_before(before):
        known = set(db.session.scalars(select(StoredFile.name).where(StoredFile.name.in_(names))))
        # No transaction is held while the store is asked for more.
        db.session.rollback()
        yield from (name for name in names if name not in known)


def sweep(before: datetime) -> int:
    """Remove them; how many there were. Run again after an interruption it goes on."""
    count = 0
    for name in left_behind(before):
        gateways().vault.forget(name)
        count += 1
    return count
