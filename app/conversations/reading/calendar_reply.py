"""The answer of a calendar program to an invitation (RFC 5546, METHOD:REPLY and COUNTER)."""

import re
from email.message import Message

from app.conversations.reading.charsets import Notes, decode
from app.conversations.reading.flatten import content_bytes
from app.conversations.reading.headers import header, parameter
from app.conversations.reading.message import CalendarReply
from app.conversations.reading.transfer import body_bytes

_LONGEST = 100_000
_PROPERTY = re.compile(r"([A-Za-z0-9-]{1,40})((?:;[^:\"]*(?:\"[^\"]*\"[^:\"]*)*)?):(.*)")
_PARTSTAT = re.compile(r";PARTSTAT=\"?([A-Za-z-]{1,30})", re.IGNORECASE)


def find_calendar_reply(message: "Message[str, str]") -> CalendarReply | None:
    """What the mail answers to an invitation; None when it brings no answer. An invitation itself is none."""
    parts = [
        part for part in message.walk() if part.get_content_type() in ("text/calendar", "application/ics")
    ]
    answers = (_answer(part) for part in parts[:20])
    return next((answer for answer in answers if answer is not None), None)


def _answer(part: "Message[str, str]") -> CalendarReply | None:
    said = _said(part)
    method = (next(iter(said.get("METHOD", [])), ("", ""))[1] or parameter(part, "method")).strip().upper()
    if method not in ("REPLY", "COUNTER"):
        return None
    attendee = next(iter(said.get("ATTENDEE", [])), ("", ""))
    stated = _PARTSTAT.search(attendee[0])
    answer = "counter" if method == "COUNTER" else stated[1].lower() if stated else ""
    return CalendarReply(
        uid=next(iter(said.get("UID", [])), ("", ""))[1].strip()[:500],
        answer=answer,
        attendee=re.sub(r"^mailto:", "", attendee[1].strip(), flags=re.IGNORECASE)[:320],
        comment=_unescaped(next(iter(said.get("COMMENT", [])), ("", ""))[1])[:2000],
    )


def _said(part: "Message[str, str]") -> dict[str, list[tuple[str, str]]]:
    """The properties by name, each as parameters and value; lines that were folded are joined (RFC 5545, 3.1)."""
    raw = body_bytes(content_bytes(part), header(part, "Content-Transfer-Encoding"), Notes())[:_LONGEST]
    text = re.sub(r"\n[ \t]", "", decode(raw, parameter(part, "charset"), Notes()))
    found: dict[str, list[tuple[str, str]]] = {}
    for line in text.split("\n"):
        if one := _PROPERTY.match(line[:5_000]):
            found.setdefault(one[1].upper(), []).append((one[2], one[3]))
    return found


def _unescaped(value: str) -> str:
    return re.sub(r"\\([nN,;\\])", lambda found: "\n" if found[1] in "nN" else found[1], value).strip()
