"""Date headers into moments, as programs and people write them."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from app.conversations.reading.charsets import Notes
from app.conversations.reading.headers import decoded

# Zones that people write and the standard library takes for UTC.
_OFFSETS = {
    "WIB": "+0700",
    "WITA": "+0800",
    "WIT": "+0900",
    "JST": "+0900",
    "KST": "+0900",
    "SGT": "+0800",
    "CET": "+0100",
}
_OFFSETS |= {"CEST": "+0200", "BST": "+0100", "MSK": "+0300"}
_ZONES = re.compile(rf"(?<=\d )({'|'.join(_OFFSETS)})$", re.IGNORECASE)
_FROM_GREENWICH = re.compile(r"(?:GMT|UTC)\s?([+-])(\d{1,2})(?::?(\d\d))?", re.IGNORECASE)
_COLON = re.compile(r"([+-]\d\d):(\d\d)(?=\s|$)")
_LEAP = re.compile(r"(\d\d:\d\d):60\b")
# Months in Indonesian, Malay, Dutch and German where their first three letters are not the English ones.
_MONTHS = {
    "mei": "May",
    "agu": "Aug",
    "agt": "Aug",
    "okt": "Oct",
    "des": "Dec",
    "mac": "Mar",
    "ogo": "Aug",
    "dis": "Dec",
}
_MONTHS |= {"mrt": "Mar", "maa": "Mar", "mär": "Mar", "mai": "May", "dez": "Dec", "jän": "Jan"}
_MONTH = re.compile(
    rf"(?<=\d )({'|'.join(_MONTHS)}|jan|feb|mar|apr|jun|jul|aug|sep|nov)[^\W\d_]*\.?(?= \d)", re.IGNORECASE
)


def moment(value: str, notes: Notes) -> datetime | None:
    """A Date header as aware UTC; None when there is none or it cannot be read."""
    if not value.strip():
        return None
    spelled = _spelled(decoded(value[:400], notes)[:200])
    for text, read in ((spelled, parsedate_to_datetime), (value.strip()[:60], datetime.fromisoformat)):
        try:
            when = read(text)
            return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    notes.add("a date that cannot be read")
    return None


def _spelled(value: str) -> str:
    """The date as the standard library understands it."""
    value = _ZONES.sub(lambda zone: _OFFSETS[zone[1].upper()], value.strip())
    value = _FROM_GREENWICH.sub(lambda zone: f"{zone[1]}{int(zone[2]):02}{zone[3] or '00'}", value)
    value = _LEAP.sub(r"\1:59", _COLON.sub(r"\1\2", value))
    return _MONTH.sub(lambda month: _MONTHS.get(month[1].lower(), month[1].capitalize()), value)
