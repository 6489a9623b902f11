"""The intake's jobs: file a received mail, find mail whose job was lost, tell the sender of one that is too large."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from sqlalchemy import text, update

from app.gateways.store import TemporaryStoreError
from app.intake import lifecycle, problems
from app.intake.file import file_mail
from app.intake.models import ReceivedMail
from app.intake.too_large import tell_sender
from app.kernel.clock import now
from app.kernel.database import db, lock, use_case
from app.kernel.jobs import job, periodic
from app.kernel.web import log_error

FORGOTTEN_AFTER = timedelta(minutes=30)


@job("intake.file", queue_name="mail", retries=12)
def file_received(received_id: int) -> None:
    """File one mail. After `intake_attempts` failures it is quarantined with the error's type, and the others go on."""
    if not begin(received_id):
        return
    try:
        file_mail(received_id)
    except TemporaryStoreError:
        forgive(received_id)
        raise
    except Exception as error:
        log_error("mail not filed", error, received_id=received_id)
        if not give_up(received_id, type(error).__name__):
            raise


@job("intake.tell_sender")
def tell_too_large(received_id: int) -> None:
    """Tell the sender of a message that is too large."""
    tell_sender(received_id)


@use_case
def begin(received_id: int) -> bool:
    """Count the attempt before it is made: a message that kills its reader every time must end in quarantine too."""
    counted = db.session.execute(
        update(ReceivedMail)
        .where(
            ReceivedMail.id == received_id,
            ReceivedMail.status == lifecycle.RECEIVED,
            ReceivedMail.attempts < _most(),
        )
        .values(attempts=ReceivedMail.attempts + 1)
        .returning(ReceivedMail.id)
    ).first()
    return counted is not None or _ended(received_id)


def _ended(received_id: int) -> bool:
    """Never to be filed now: filed already, or tried so often that it goes to quarantine."""
    mail = lock(ReceivedMail, received_id)
    if mail.status == lifecycle.RECEIVED:
        lifecycle.quarantine(mail, problems.STOPS)
    return False


@use_case
def forgive(received_id: int) -> None:
    """The store was away: the message has nothing to do with that."""
    mail = lock(ReceivedMail, received_id)
    mail.attempts = max(0, mail.attempts - 1)


@use_case
def give_up(received_id: int, problem: str) -> bool:
    """Quarantine the mail if it was tried often enough; False when it is to be tried again."""
    mail = lock(ReceivedMail, received_id)
    return mail.attempts >= _most() and lifecycle.quarantine(mail, problem)


@periodic("intake.find_forgotten", "*/10 * * * *")
@use_case
def find_forgotten() -> None:
    """Give a received mail that no job will file a new job; it would otherwise wait for ever, unseen."""
    forgotten = db.session.scalars(
        text(
            "SELECT id FROM received_mail WHERE status = 'received' AND created_at < :before AND NOT EXISTS ("
            " SELECT FROM procrastinate_jobs WHERE task_name = 'intake.file' AND status IN ('todo', 'doing')"
            " AND (args ->> 'received_id')::bigint = received_mail.id) ORDER BY id LIMIT 500"
        ),
        {"before": now() - FORGOTTEN_AFTER},
    ).all()
    for received_id in forgotten:
        file_received.defer(received_id=received_id)


def _most() -> int:
    return int(current_app.extensions["desk_settings"].intake_attempts)
