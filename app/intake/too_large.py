"""Tell the sender of a message that is larger than the desk takes in: nobody else would."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app

from app.conversations.reading import ReadMessage, detect_language, read_message
from app.intake import lifecycle, problems
from app.intake.models import ReceivedMail
from app.intake.sender import address_of, is_verified
from app.kernel.clock import now
from app.kernel.database import db, lock, use_case
from app.kernel.limits import hit
from app.letters.addresses import is_ours
from app.letters.queue import can_receive, queue_letter
from app.vault.keep import read as read_file
from app.vault.models import StoredFile

MEGABYTE = 1024 * 1024
# What a mail holds of files: base64 makes four octets of three, and there are lines and headers.
USABLE = 0.72
ONCE_IN = timedelta(days=365)


@use_case
def tell_sender(received_id: int) -> bool:
    """Queue the letter, once a message, also when the server numbers it anew; True when it was queued.

    A machine, a mailing list, one of our own addresses or one that no letter can go to is told nothing. The letter counts
    as an automatic one, with the brake on those.
    """
    mail = lock(ReceivedMail, received_id)
    if mail.status != lifecycle.QUARANTINED or mail.problem != problems.TOO_LARGE or mail.sender_told_at:
        return False
    if mail.raw_file_id is None:
        return False
    headers = db.session.get_one(StoredFile, mail.raw_file_id)
    read = read_message(read_file(headers))
    if not _is_a_person(read) or not hit("too large", headers.sha256.hex(), most=1, per=ONCE_IN):
        return False
    _queue(read, mail.size)
    mail.sender_told_at = now()
    return True


def _is_a_person(read: ReadMessage) -> bool:
    address = address_of(read)
    return read.automatic is None and can_receive(address) and not is_ours(address)


def _queue(read: ReadMessage, size: int) -> None:
    most = current_app.extensions["desk_settings"].mail_max_bytes
    limit = max(1, most // MEGABYTE)
    queue_letter(
        "intake/too_large",
        to=address_of(read),
        locale=detect_language(read.subject),
        context={
            "name": read.from_[0].name,
            "subject": read.subject,
            # Rounded away from the limit, so that the two numbers are never the same.
            "size": max(limit + 1, -(-size // MEGABYTE)),
            "limit": limit,
            "usable": max(1, int(limit * USABLE)),
        },
        linkless=not is_verified(read),
        automatic=True,
    )
