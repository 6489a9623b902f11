"""Take messages out of quarantine, one or many."""

from __future__ import annotations

from sqlalchemy import select

from app.audit.record import record
from app.intake import lifecycle, problems
from app.intake.jobs import file_received
from app.intake.models import ReceivedMail
from app.kernel.actors import Actor
from app.kernel.database import db, lock, use_case
from app.kernel.errors import Stale
from app.kernel.permissions import Permission

MOST_AT_ONCE = 500


@use_case
def try_again(received_id: int, *, actor: Actor) -> None:
    """File it once more; one that we never had whole leaves the ledger, so that the next visit fetches it anew.

    Stale when it is no longer in quarantine.
    """
    actor.must(Permission.QUARANTINE_OPEN)
    if not _again(lock(ReceivedMail, received_id), actor):
        raise Stale


@use_case
def try_all_again(problem: str, *, actor: Actor) -> int:
    """Everything that is in quarantine for this reason, oldest first, at most 500 at a time; how many that were."""
    actor.must(Permission.QUARANTINE_OPEN)
    found = db.session.scalars(
        select(ReceivedMail.id)
        .where(ReceivedMail.status == lifecycle.QUARANTINED, ReceivedMail.problem == problem)
        .order_by(ReceivedMail.id)
        .limit(MOST_AT_ONCE)
    ).all()
    return sum(_again(lock(ReceivedMail, one), actor) for one in found)


def _again(mail: ReceivedMail, actor: Actor) -> bool:
    """False when it is no longer in quarantine."""
    if mail.status != lifecycle.QUARANTINED:
        return False
    record("mail.try_again", actor=actor, subject=mail)
    if mail.raw_file_id is None or mail.problem in problems.NOT_TAKEN_IN:
        db.session.delete(mail)
        return True
    lifecycle.try_again(mail)
    file_received.defer(received_id=mail.id)
    return True
