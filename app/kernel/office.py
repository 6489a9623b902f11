"""The one calendar of working hours that everything that waits is measured by, made from the settings."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from flask import Flask, current_app

from app.kernel.opening_hours import read_week, read_zone
from app.kernel.public_holidays import Holiday, holidays_of
from app.kernel.working_time import WorkingTime

if TYPE_CHECKING:
    from config import Settings

_CALENDAR = "desk_calendar"
EXTRA = {"en": "Closed", "id": "Tutup"}


def init_app(app: Flask, settings: Settings) -> None:
    """Make the calendar of this application."""
    app.extensions[_CALENDAR] = make_calendar(settings)


def calendar() -> WorkingTime:
    """The calendar of this application."""
    found: WorkingTime = current_app.extensions[_CALENDAR]
    return found


def make_calendar(settings: Settings) -> WorkingTime:
    """The calendar that the settings describe."""
    days_of = cache(lambda year: frozenset(closed_days(settings, year)))
    return WorkingTime(
        week=read_week(settings.working_hours),
        zone=read_zone(settings.working_zone),
        closed=lambda on: on in days_of(on.year),
        opened=settings.extra_working_days,
    )


def closed_days(settings: Settings, year: int) -> dict[date, Holiday]:
    """The days of a year on which nobody works, weekends apart, in order."""
    public = {
        on: holiday
        for on, holiday in holidays_of(year).items()
        if holiday.kind == "public" or settings.joint_leave == "closed"
    }
    extra = {
        on: Holiday(on=on, kind="extra", names=EXTRA, estimated=False)
        for on in settings.extra_holidays
        if on.year == year
    }
    found = {**extra, **public}
    return {on: found[on] for on in sorted(found) if on not in settings.extra_working_days}
