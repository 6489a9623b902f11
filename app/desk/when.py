"""Moments that somebody chooses with one key: in three hours, tomorrow morning, Monday, a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from flask_babel import lazy_gettext

from app.kernel.clock import JAKARTA
from app.kernel.errors import InvalidInput

MORNING = time(8, 0)
CHOICES = {
    "hours": lazy_gettext("In 3 hours"),
    "tomorrow": lazy_gettext("Tomorrow morning"),
    "monday": lazy_gettext("On Monday"),
}


def chosen(choice: str, day: str, *, at: datetime) -> datetime:
    """The moment meant at the moment `at`: 8:00 in Jakarta for days. `day` like 2026-12-01 counts when the choice is "day".

    Raises InvalidInput for what is neither.
    """
    today = at.astimezone(JAKARTA).date()
    if choice == "hours":
        return at + timedelta(hours=3)
    if choice == "tomorrow":
        return _morning(today + timedelta(days=1))
    if choice == "monday":
        return _morning(today + timedelta(days=7 - today.weekday()))
    if choice == "day":
        return _morning(_day(day))
    raise InvalidInput


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(lazy_gettext("Choose a day.")) from None


def _morning(day: date) -> datetime:
    try:
        return datetime.combine(day, MORNING, JAKARTA).astimezone(UTC)
    except OverflowError:
        raise InvalidInput(lazy_gettext("Choose a day.")) from None
