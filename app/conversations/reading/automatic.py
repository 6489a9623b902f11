"""Was this mail written by a person? Answering a machine starts loops: the signs of one."""

import re
from email.message import Message

from app.conversations.reading.charsets import Notes
from app.conversations.reading.flatten import kept_bytes, untouched
from app.conversations.reading.headers import header, parameter
from app.conversations.reading.message import Automatic
from app.conversations.reading.transfer import body_bytes

_LIST_PRECEDENCE = ("list", "bulk")
_REPLY_PRECEDENCE = ("auto_reply", "auto-reply", "junk")
_ROBOT_HEADERS = ("X-Loop", "X-Autoreply", "X-Autorespond", "X-AutoReply-From", "X-Auto-Reply")


def automatic_kind(message: "Message[str, str]", *, is_bounce: bool) -> Automatic | None:
    """What kind of machine sent this, None for a person. `Auto-Submitted: no` is a person."""
    if is_bounce:
        return "bounce"
    if _answers_invitation(message):
        return "calendar"
    if _is_reply(message):
        return "auto-reply"
    if header(message, "List-Id") or header(message, "List-Post") or _precedence(message) in _LIST_PRECEDENCE:
        return "list"
    return None


def _is_reply(message: "Message[str, str]") -> bool:
    submitted = re.split(r"[;\s(]", header(message, "Auto-Submitted").strip().lower())[0]
    suppress = header(message, "X-Auto-Response-Suppress").strip().lower()
    return (
        submitted not in ("", "no")
        or suppress not in ("", "none")
        or _precedence(message) in _REPLY_PRECEDENCE
        or any(header(message, name).strip() for name in _ROBOT_HEADERS)
        or header(message, "Return-Path").replace(" ", "") == "<>"
        or message.get_content_type() == "multipart/report"
    )


def _precedence(message: "Message[str, str]") -> str:
    return header(message, "Precedence").strip().lower()


def _answers_invitation(message: "Message[str, str]") -> bool:
    """A calendar program's "accepted" or "another time?"; an invitation itself comes from a person."""
    return any(
        parameter(part, "method").upper() in ("REPLY", "COUNTER")
        or re.search(rb"^METHOD:(REPLY|COUNTER)\s*$", _start(part), re.IGNORECASE | re.MULTILINE)
        for part in message.walk()
        if part.get_content_type() == "text/calendar"
    )


def _start(part: "Message[str, str]") -> bytes:
    raw = kept_bytes(untouched(part))
    return body_bytes(raw, header(part, "Content-Transfer-Encoding"), Notes())[:4096]
