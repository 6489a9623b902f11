"""Reports of mail servers about a letter of ours: the standard form (RFC 3464) and the common old ones."""

import re
from email.message import Message

from app.conversations.reading.charsets import Notes, plain
from app.conversations.reading.flatten import untouched
from app.conversations.reading.headers import decoded, header, message_ids
from app.conversations.reading.message import Bounce

_ADDRESS = re.compile(r"[\w.+=~-]{1,64}@[\w.-]{1,190}\.\w{2,24}")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_ROBOT = re.compile(r"^(mailer-daemon|postmaster|mail-daemon)@", re.IGNORECASE)


def find_bounce(message: "Message[str, str]", sender: str, text: str, notes: Notes) -> Bounce | None:
    """The report in a mail, None when it is none. `sender` is the From address, `text` the readable text."""
    parts = list(message.walk())
    for part in parts:
        if part.get_content_type() == "message/delivery-status":
            return _standard(part, _returned_id(parts), notes)
    failed = header(message, "X-Failed-Recipients")
    null_path = header(message, "Return-Path").replace(" ", "") == "<>"
    if failed or (_ROBOT.match(sender) and (null_path or _STATUS.search(text))):
        return _old_form(failed, text, _returned_id(parts))
    return None


def _standard(part: "Message[str, str]", message_id: str, notes: Notes) -> Bounce:
    blocks = [block for block in untouched(part) or () if isinstance(block, Message)]
    # The first block is about the report, each further one about a recipient.
    about = next((block for block in blocks if block.get("Final-Recipient") or block.get("Action")), None)
    if about is None:
        return Bounce(recipient="", status="", action="", diagnostic="", message_id=message_id)
    recipient = header(about, "Final-Recipient") or header(about, "Original-Recipient")
    return Bounce(
        recipient=_after_type(recipient).strip("<> ")[:320],
        status=header(about, "Status").split("(")[0].strip()[:20],
        action=header(about, "Action").strip().lower()[:20],
        diagnostic=decoded(_after_type(header(about, "Diagnostic-Code")), notes)[:1000],
        message_id=message_id,
    )


def _after_type(value: str) -> str:
    """What follows "rfc822;" or "smtp;"."""
    return plain(value.partition(";")[2] or value).strip()


def _old_form(failed: str, text: str, message_id: str) -> Bounce:
    start = text[:20_000]
    address = _ADDRESS.search(failed) or _ADDRESS.search(start)
    status = _STATUS.search(start)
    lines = [
        line.strip()
        for line in start.split("\n")
        if re.search(r"\b[45]\d\d[ -]|error|fail", line, re.IGNORECASE)
    ]
    return Bounce(
        recipient=address[0] if address else "",
        status=status[1] if status else "",
        action="failed",
        diagnostic=(lines[0] if lines else "")[:1000],
        message_id=message_id,
    )


def _returned_id(parts: list["Message[str, str]"]) -> str:
    """The Message-ID of the letter that the report returns, whole or its headers only."""
    for part in parts[1:]:
        if part.get_content_type() == "text/rfc822-headers":
            payload = untouched(part)
            line = re.search(
                r"^message-id:\s*(\S+)",
                payload if isinstance(payload, str) else "",
                re.IGNORECASE | re.MULTILINE,
            )
            ids = message_ids(line[1]) if line else ()
        else:
            ids = message_ids(header(part, "Message-ID"))
        if ids:
            return ids[0]
    return ""
