"""A mail that was read as a JSON object: the stable interface of `flask mail read`, documented in docs/mail-read.md."""

from datetime import UTC
from typing import Any

from app.conversations.reading.message import Address, Attachment, Bounce, ReadMessage

Row = dict[str, Any]


def printed(read: ReadMessage, *, file: str) -> Row:
    """The object for one mail; `file` is the name it was asked for by."""
    return {
        "file": file,
        "message_id": read.message_id,
        "in_reply_to": read.in_reply_to,
        "references": list(read.references),
        "from": _people(read.from_),
        "to": _people(read.to),
        "cc": _people(read.cc),
        "reply_to": _people(read.reply_to),
        "subject": read.subject,
        "sent_at": read.sent_at.astimezone(UTC).isoformat().replace("+00:00", "Z") if read.sent_at else None,
        "text": read.text,
        "html": read.html,
        "attachments": [_attachment(one) for one in read.attachments],
        "automatic": read.automatic,
        "bounce": _bounce(read.bounce) if read.bounce else None,
        "defects": list(read.defects),
    }


def _people(people: tuple[Address, ...]) -> list[Row]:
    return [{"name": one.name, "address": one.address} for one in people]


def _attachment(one: Attachment) -> Row:
    return {
        "filename": one.filename,
        "media_type": one.media_type,
        "size": len(one.content),
        "sha256": one.sha256,
        "inline": one.inline,
    }


def _bounce(bounce: Bounce) -> Row:
    return {
        "recipient": bounce.recipient,
        "status": bounce.status,
        "action": bounce.action,
        "diagnostic": bounce.diagnostic,
    }
