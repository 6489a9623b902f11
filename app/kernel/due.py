"""How people read what is due: working time that is left or has passed, and whether the office is open."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from babel.dates import format_datetime
from flask import current_app
from flask_babel import gettext as _

from app.kernel.clock import JAKARTA, now
from app.kernel.locale import day, language
from app.kernel.office import calendar, closed_days
from app.kernel.public_holidays import Holiday

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
A_WEEK = 7
Words = tuple[str, str]


def due_words(due: datetime) -> Words:
    """(label, tone), such as `2 h 10 min left`, `due tomorrow 09:20`, or in red `late by 1 h 5 min`; working time."""
    at = now()
    if due <= at:
        passed = calendar().working_between(due, at)
        return (_("late by %(time)s", time=span(passed)) if passed >= MINUTE else _("late")), "bad"
    left = calendar().working_between(at, due)
    tone = "warn" if left < HOUR else "calm"
    if _local(due) == _local(at):
        return _("%(time)s left", time=span(left)), tone
    return _("due %(when)s", when=near(due)), tone


def span(duration: timedelta) -> str:
    """A stretch of working time in whole minutes: 45 min, 2 h, 2 h 10 min."""
    hours, minutes = divmod(int(duration / MINUTE), 60)
    if not hours:
        return _("%(n)s min", n=minutes)
    return (
        _("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes) if minutes else _("%(n)s h", n=hours)
    )


def near(at: datetime) -> str:
    """A moment of the next days in Jakarta: 14:05, tomorrow 09:20, Mon 08:30, Wed 23 Dec 08:30."""
    local, days = at.astimezone(JAKARTA), (_local(at) - _local(now())).days
    if days == 0:
        return local.strftime("%H:%M")
    if days == 1:
        return _("tomorrow %(time)s", time=local.strftime("%H:%M"))
    return str(
        format_datetime(local, "EEE HH:mm" if 0 < days < A_WEEK else "EEE d MMM HH:mm", locale=language())
    )


def office_words() -> Words:
    """(sentence, tone): `open until 17:00`, or `closed now, opens Mon 08:30`."""
    at = now()
    if calendar().is_open(at):
        return _("open until %(time)s", time=near(calendar().next_closing(at))), "good"
    return _("closed now, opens %(when)s", when=near(calendar().next_opening(at))), "calm"


def todays_hours() -> str:
    """The opening hours of today, such as 08:30–12:00, 13:00–17:00; "" when it is closed all day."""
    return ", ".join(f"{clock(opens)}–{clock(closes)}" for opens, closes in calendar().hours(_local(now())))


def clock(minute: int) -> str:
    """A minute of the day as 08:30."""
    return f"{minute // 60:02}:{minute % 60:02}"


def next_holiday() -> Holiday | None:
    """The next day off that is no weekend, today included; None when a year goes by without one."""
    return next(iter(holidays_until(now() + timedelta(days=366))), None)


def holidays_until(end: datetime) -> list[Holiday]:
    """The days off from today on that are no weekend, in order."""
    today, last, settings = _local(now()), _local(end), current_app.extensions["desk_settings"]
    years = (closed_days(settings, year) for year in range(today.year, last.year + 1))
    found = (holiday for days in years for holiday in days.values())
    return [one for one in found if today <= one.on <= last and calendar().week[one.on.weekday()]]


def holiday_words(holiday: Holiday) -> str:
    """A day off as people read it: 25 Dec 2026 Christmas Day, with (estimated) where it is."""
    words = f"{day(holiday.on)} {holiday.names[language()]}"
    return _("%(holiday)s (estimated)", holiday=words) if holiday.estimated else words


def _local(at: datetime) -> date:
    return at.astimezone(JAKARTA).date()
