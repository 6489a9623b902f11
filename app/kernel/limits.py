"""Limits that hold across processes: a counter a window in the database, keyed by a digest."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import UniqueConstraint, delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.clock import now
from app.kernel.database import Model, db, use_case
from app.kernel.jobs import periodic


class LimitCounter(Model):
    """How often something happened in one fixed window; `key` is a digest, so that no address is stored here."""

    __tablename__ = "limit_counter"
    __table_args__ = (UniqueConstraint("key", "window_start"),)

    key: Mapped[bytes]
    window_start: Mapped[datetime] = mapped_column(index=True)
    count: Mapped[int] = mapped_column(default=1)


# Longer than any window, and than anything that `once` remembers.
KEPT = timedelta(days=7)


def hit(name: str, key: str, *, most: int, per: timedelta) -> bool:
    """Count one more for `key` in this window; False when that is more than `most`. Joins the running use case."""
    seconds = int(per.total_seconds())
    start = datetime.fromtimestamp(int(now().timestamp()) // seconds * seconds, tz=now().tzinfo)
    digest = hashlib.sha256(f"{name}\0{key}".encode()).digest()
    statement = (
        insert(LimitCounter)
        .values(key=digest, window_start=start, count=1)
        .on_conflict_do_update(index_elements=["key", "window_start"], set_={"count": LimitCounter.count + 1})
        .returning(LimitCounter.count)
    )
    return int(db.session.execute(statement).scalar_one()) <= most


def count(name: str, key: str, *, per: timedelta) -> int:
    """How often `key` was hit in this window."""
    seconds = int(per.total_seconds())
    start = datetime.fromtimestamp(int(now().timestamp()) // seconds * seconds, tz=now().tzinfo)
    digest = hashlib.sha256(f"{name}\0{key}".encode()).digest()
    found = db.session.query(LimitCounter.count).filter_by(key=digest, window_start=start).scalar()
    return int(found or 0)


def once(name: str, key: str, *, until: datetime) -> bool:
    """True the first time `key` is seen, False ever after; it is remembered by the moment `until` it could be used."""
    digest = hashlib.sha256(f"{name}\0{key}".encode()).digest()
    statement = (
        insert(LimitCounter)
        .values(key=digest, window_start=until, count=1)
        .on_conflict_do_nothing(index_elements=["key", "window_start"])
        .returning(LimitCounter.id)
    )
    return db.session.execute(statement).scalar_one_or_none() is not None


@periodic("kernel.forget_limits", "17 3 * * *")
@use_case
def forget_limits() -> None:
    """Remove the counters of windows that are long over."""
    db.session.execute(delete(LimitCounter).where(LimitCounter.window_start < now() - KEPT))
