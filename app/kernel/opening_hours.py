"""What an operator writes about working hours, read: a week of hours, and lists of dates. Pure."""

from __future__ import annotations

import re
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.kernel.working_time import Day, Hours

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_RANGE = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
MIDNIGHT = 24 * 60


def read_week(text: str) -> tuple[Day, ...]:
    """Monday to Sunday, from text such as `Mon-Thu 08:30-12:00 13:00-17:00, Fri 08:30-16:30`.

    Raises ValueError with a sentence that can follow the setting's name, without any of the text.
    """
    week: list[Day] = [()] * len(DAYS)
    for part in filter(None, (part.strip() for part in text.split(","))):
        names, *ranges = part.split()
        for number in _days(names):
            if week[number]:
                raise ValueError(f"names {DAYS[number]} twice.")
            week[number] = _hours(ranges)
    if not any(week):
        raise ValueError("names no open day.")
    return tuple(week)


def read_dates(text: str) -> frozenset[date]:
    """The dates of a list such as `2026-12-31, 2027-01-02`. Raises ValueError as `read_week` does."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    try:
        return frozenset(map(date.fromisoformat, words))
    except ValueError:
        raise ValueError("must be a list of dates, such as 2026-12-31, 2027-01-02.") from None


def read_zone(text: str) -> ZoneInfo:
    """The time zone of this name. Raises ValueError as `read_week` does."""
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be a time zone, such as Asia/Jakarta.") from None


def _days(names: str) -> list[int]:
    first, _dash, last = names.partition("-")
    try:
        begin, end = (DAYS.index(name.capitalize()) for name in (first, last or first))
    except ValueError:
        raise ValueError("names a day that is not Mon, Tue, Wed, Thu, Fri, Sat or Sun.") from None
    if end < begin:
        raise ValueError("has a range of days that runs backwards.")
    return list(range(begin, end + 1))


def _hours(ranges: list[str]) -> Day:
    """Ranges of one day, which follow each other."""
    found = tuple(_range(one) for one in ranges)
    minutes = [minute for hours in found for minute in hours]
    if not found or minutes != sorted(set(minutes)):
        raise ValueError("needs for each day hours that follow each other, such as 08:30-12:00 13:00-17:00.")
    return found


def _range(text: str) -> Hours:
    match = _RANGE.fullmatch(text)
    hours = [int(number) for number in match.groups()] if match else [99] * 4
    opens, closes = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    if max(hours[1], hours[3]) > 59 or closes > MIDNIGHT:
        raise ValueError("has hours that are not of the form 08:30-17:00.")
    return opens, closes
