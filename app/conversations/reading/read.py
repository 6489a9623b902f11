"""The door: one raw mail in, one value out, whatever the bytes."""

import hashlib
from email.message import Message
from email.parser import BytesHeaderParser
from html import escape

from app.conversations.reading.addresses import MOST, addresses
from app.conversations.reading.automatic import automatic_kind
from app.conversations.reading.bounces import find_bounce
from app.conversations.reading.calendar_reply import find_calendar_reply
from app.conversations.reading.charsets import Notes, plain
from app.conversations.reading.contents import Segment
from app.conversations.reading.dates import moment
from app.conversations.reading.headers import (
    IndexedMessage,
    decoded,
    header,
    message_ids,
    own_id,
    parsed,
    tolerant,
)
from app.conversations.reading.message import Address, Attachment, ReadMessage
from app.conversations.reading.parts import contents

_DELIVERY = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")


def read_message(raw: bytes) -> ReadMessage:
    """Read a mail. Never raises: what cannot be taken apart is kept whole as an attachment, with a defect."""
    notes = Notes()
    if _too_many_parts(raw):
        notes.add("more parts than any letter has, kept whole as an attachment")
        return _kept_whole(raw, notes)
    try:
        return _read(raw, notes)
    except Exception as error:  # noqa: BLE001  One odd mail must never stop the mailbox.
        notes.add(f"cannot be taken apart ({type(error).__name__}), kept whole as an attachment")
        return _kept_whole(raw, notes)


def _too_many_parts(raw: bytes) -> bool:
    """More than 5,000 possible parts, which would take seconds to minutes; counting costs a millisecond."""
    blocks = raw.count(b"\n\n") + raw.count(b"\n\r\n") if b"delivery-status" in raw[:100_000].lower() else 0
    return (raw.count(b"\n--") > 5_000 and b"multipart/" in raw[:100_000].lower()) or blocks > 5_000


def _read(raw: bytes, notes: Notes) -> ReadMessage:
    message = parsed(raw, tolerant(notes, raw))
    found = contents(message, notes)
    text = "\n\n".join(one.readable() for one in found.segments).strip()
    html = _html(found.segments)
    return _value(message, notes, text, html, tuple(found.files))


def _html(segments: list[Segment]) -> str | None:
    """The letter as HTML when any part of it was; its plain stretches are shown as they stand."""
    if not any(one.html for one in segments):
        return None
    return "\n<hr>\n".join(one.html or f"<pre>{escape(one.text)}</pre>" for one in segments)


def _value(
    message: "Message[str, str]", notes: Notes, text: str, html: str | None, files: tuple[Attachment, ...]
) -> ReadMessage:
    from_ = _people(message, "From", notes) or _people(message, "Sender", notes)
    to, subject = _people(message, "To", notes), decoded(header(message, "Subject"), notes)
    bounce, reply = find_bounce(message, (from_, to), text, files, notes), find_calendar_reply(message)
    return ReadMessage(
        message_id=own_id(header(message, "Message-ID")),
        in_reply_to=next(iter(message_ids(header(message, "In-Reply-To"))), None),
        references=message_ids(header(message, "References")),
        from_=from_,
        to=to,
        cc=_people(message, "Cc", notes),
        delivered_to=tuple(one for name in _DELIVERY for one in _people(message, name, notes)),
        reply_to=_people(message, "Reply-To", notes),
        subject=subject,
        sent_at=moment(header(message, "Date"), notes),
        text=text,
        html=html,
        attachments=files,
        automatic=automatic_kind(
            message,
            is_bounce=bounce is not None,
            answers_invitation=reply is not None,
            subject=subject,
            has_files=bool(files),
        ),
        bounce=bounce,
        authentication_results=tuple(plain(one) for one in message.get_all("Authentication-Results", [])),
        calendar_reply=reply,
        defects=tuple(notes.defects),
    )


def _people(message: "Message[str, str]", name: str, notes: Notes) -> tuple[Address, ...]:
    found: list[Address] = []
    for value in message.get_all(name, []):
        found += addresses(value, notes, most=MOST - len(found))
        if len(found) >= MOST:
            break
    return tuple(found)


def _kept_whole(raw: bytes, notes: Notes) -> ReadMessage:
    """A mail whose parts cannot be read: its headers if they hold, and the whole as a file."""
    whole = Attachment(
        filename="message.eml",
        media_type="message/rfc822",
        content=raw,
        sha256=hashlib.sha256(raw).hexdigest(),
        inline=False,
    )
    text = plain(raw[:200_000].decode("utf-8", "replace"))
    try:
        message = BytesHeaderParser(policy=tolerant(notes, raw)).parsebytes(raw)
        return _value(message, notes, text, None, (whole,))
    except Exception:  # noqa: BLE001  The headers are what is broken: nothing of them is used.
        return _value(IndexedMessage(tolerant(notes, b"")), notes, text, None, (whole,))
