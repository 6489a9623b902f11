"""Failures lock a sign-in for a while: soon for one network, much later for the address wherever it is tried from.

A stranger who fails on purpose so keeps out the own network only. Nothing here asks whether anybody has the address: an
unknown one leaves the same rows, so that neither time nor the database tells them apart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from flask import current_app
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from app.kernel.clock import now
from app.kernel.database import db, use_case
from app.staff.models import SignInFailures

# A network locks itself long before it could reach this, as one lock lasts as long as failures are remembered.
EVERYWHERE = ""
TIMES_EVERYWHERE = 10


def held(address: str, network: str) -> Sequence[SignInFailures]:
    """What is remembered of an address from this network and from everywhere, held until the use case ends."""
    # Always in this order: two attempts on one address meet at the last row only.
    return [_held(address, network), _held(address, EVERYWHERE)]


def locked(remembered: Sequence[SignInFailures]) -> bool:
    """Tell whether a lock holds; then nothing is counted either."""
    return any(each.locked_until is not None and each.locked_until > now() for each in remembered)


def count_failure(remembered: Sequence[SignInFailures]) -> bool:
    """Count one more failure; True when it was the one that locks."""
    allowed: int = current_app.extensions["desk_settings"].sign_in_failures_allowed
    here, everywhere = remembered
    # Both are counted, so no shortcut between them.
    return any([_count(here, allowed), _count(everywhere, allowed * TIMES_EVERYWHERE)])


def forgive(remembered: Sequence[SignInFailures]) -> None:
    """A success forgets the failures from its own network; elsewhere somebody may still be guessing."""
    remembered[0].count = 0


@use_case
def lift(address: str) -> None:
    """Lift every lock of an address, wherever it was tried from."""
    db.session.execute(delete(SignInFailures).where(SignInFailures.address == _digest(address)))


@use_case
def forget_old() -> None:
    """Drop what is remembered no longer."""
    db.session.execute(delete(SignInFailures).where(SignInFailures.since < now() - 2 * _period()))


def _held(address: str, network: str) -> SignInFailures:
    mine = {"address": _digest(address), "network": _digest(network)}
    kept = (
        insert(SignInFailures)
        .values(**mine, count=0, since=now())
        .on_conflict_do_update(index_elements=list(mine), set_=mine)
        .returning(SignInFailures)
    )
    return db.session.scalars(kept, execution_options={"populate_existing": True}).one()


def _count(remembered: SignInFailures, most: int) -> bool:
    if remembered.since < now() - _period():
        remembered.count, remembered.since = 0, now()
    remembered.count += 1
    if remembered.count < most:
        return False
    remembered.count, remembered.since = 0, now()
    remembered.locked_until = now() + _period()
    return True


def _period() -> timedelta:
    return timedelta(minutes=current_app.extensions["desk_settings"].sign_in_lock_minutes)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.strip().lower().encode()).digest()
