"""The same letter taken in a second time."""

from __future__ import annotations

from app.accounts.models import Person
from app.conversations.find import received_before
from app.conversations.models import Message
from app.conversations.reading import ReadMessage
from app.intake.sender import address_of
from app.kernel.database import db
from app.vault.models import StoredFile


def find_twin(read: ReadMessage, raw_file: StoredFile, person: Person) -> Message | None:
    """The message this mail already is, None when it is its own.

    A Message-ID alone proves nothing: some programs use one twice, and a mail that is lost is worse than one shown twice.
    The bytes must be the same.
    """
    candidates = received_before(read.message_id, person.id, address_of(read))
    return next((one for one in candidates if _same_bytes(one, raw_file)), None)


def _same_bytes(message: Message, raw_file: StoredFile) -> bool:
    earlier = db.session.get(StoredFile, message.raw_file_id) if message.raw_file_id else None
    return earlier is not None and earlier.id != raw_file.id and earlier.sha256 == raw_file.sha256
