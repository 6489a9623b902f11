"""Take a message out of quarantine."""

from __future__ import annotations

from app.audit.record import record
from app.intake import lifecycle, problems
from app.intake.jobs import file_received
from app.intake.models import ReceivedMail
from app.kernel.actors import Actor
from app.kernel.database import db, lock, use_case
from app.kernel.errors import Stale
from app.kernel.permissions import Permission


@use_case
def try_again(received_id: int, *, actor: Actor) -> None:
    """File it once more; one that we never had whole leaves the ledger, so that the next visit fetches it anew.

    Stale when it is no longer in quarantine.
    """
    actor.must(Permission.QUARANTINE_OPEN)
    mail = lock(ReceivedMail, received_id)
    if mail.status != lifecycle.QUARANTINED:
        raise Stale
    record("mail.try_again", actor=actor, subject=mail)
    if mail.raw_file_id is None or mail.problem in problems.NOT_TAKEN_IN:
        db.session.delete(mail)
        return
    lifecycle.try_again(mail)
    file_received.defer(received_id=received_id)
