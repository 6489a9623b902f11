"""The same letter taken in a second time: two copies in a mailbox, or one in each of two."""

from __future__ import annotations

import hashlib
import re

from app.accounts.models import Person
from app.conversations.find import received_before
from app.conversations.models import Message
from app.conversations.reading import ReadMessage
from app.gateways.vault import KeyDestroyed, MissingFile
from app.intake.sender import address_of
from app.kernel.database import db
from app.vault.keep import read as read_file
from app.vault.models import StoredFile

# What mail servers write on top of a message on its way (RFC 5321, 4.4; RFC 8601; RFC 8617; RFC 6376), and filters
# after them. They differ between two copies of one letter; everything from the first other header on is its own.
_TRACE = re.compile(
    rb"(?:return-path|received|received-spf|delivered-to|x-original-to|envelope-to|x-envelope-to|x-received"
    rb"|authentication-results|arc-[a-z-]+|dkim-signature|dkim-filter|x-google-dkim-signature|x-gm-[a-z-]+"
    rb"|x-spam-[a-z-]+|x-virus-[a-z-]+):",
    re.IGNORECASE,
)


def find_twin(
    read: ReadMessage, raw: bytes, raw_file: StoredFile, person: Person, *, verified: bool
) -> Message | None:
    """The message this mail already is, None when it is its own.

    A Message-ID alone proves nothing: some programs use one twice, and a mail that is lost is worse than one shown twice.
    All that the sender wrote must be the same to the byte. A copy that is verified is no twin of one that was not.
    """
    digest = written_digest(raw)
    for one in received_before(read.message_id, person.id, address_of(read)):
        alike = (one.subject, one.text, one.sent_at) == (read.subject[:500], read.text, read.sent_at)
        if alike and one.sender_verified >= verified and _written(one, raw_file) == digest:
            return one
    return None


def written_digest(raw: bytes) -> bytes:
    """SHA-256 of a message from the first header on that no server wrote on its way; line ends count as one kind."""
    text = raw.replace(b"\r\n", b"\n")
    at = 0
    while _TRACE.match(text, at):
        end = _next_header(text, at)
        if b"\r" in text[at:end]:
            # Some readers take it for the end of a line: something else may hide behind it.
            break
        at = end
    return hashlib.sha256(memoryview(text)[at:]).digest()


def _next_header(text: bytes, at: int) -> int:
    """Where the header that begins at `at` ends, its folded lines with it."""
    while True:
        end = text.find(b"\n", at)
        if end < 0:
            return len(text)
        at = end + 1
        if text[at : at + 1] not in (b" ", b"\t"):
            return at


def _written(message: Message, raw_file: StoredFile) -> bytes | None:
    """The digest of an earlier message; None for one whose raw mail is gone, which is then nobody's twin."""
    earlier = db.session.get(StoredFile, message.raw_file_id) if message.raw_file_id else None
    if earlier is None or earlier.id == raw_file.id:
        return None
    try:
        return written_digest(read_file(earlier))
    except (KeyDestroyed, MissingFile):
        return None
