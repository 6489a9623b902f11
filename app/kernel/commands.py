"""`flask calendar …` for operators: which days somebody works, and what of it is only estimated."""

from __future__ import annotations

from datetime import date

import click
from flask import current_app
from flask.cli import AppGroup

from app.kernel.clock import now
from app.kernel.due import clock
from app.kernel.office import calendar as office_calendar
from app.kernel.office import closed_days
from app.kernel.opening_hours import DAYS
from app.kernel.public_holidays import Holiday, joint_leave_known
from app.kernel.working_time import Day, WorkingTime

KINDS = {"public": "public holiday", "joint_leave": "joint leave", "extra": "EXTRA_HOLIDAYS"}
calendar = AppGroup("calendar", help="Working hours and days off.")


@calendar.command("show")
@click.option("--year", type=click.IntRange(1990, 2100), help="The present one when left out.")
def show(year: int | None) -> None:
    """Print the week, the days off of a year, and how many working days each month has. Needs no database."""
    hours, settings = office_calendar(), current_app.extensions["desk_settings"]
    year = year or now().astimezone(hours.zone).year
    click.echo(f"Working hours ({hours.zone.key})")
    for name, day in zip(DAYS, hours.week, strict=True):
        click.echo(f"  {name}  {_hours(day)}")
    click.echo(f"\nDays off in {year}")
    for holiday in closed_days(settings, year).values():
        click.echo(_line(holiday))
    for on in sorted(settings.extra_working_days):
        if on.year == year:
            click.echo(f"  {on} {DAYS[on.weekday()]}  open, {_hours(hours.hours(on))} (EXTRA_WORKING_DAYS)")
    click.echo(f"\nWorking days in {year}: {_working_days(hours, year)}")
    if settings.joint_leave == "closed" and not joint_leave_known(year):
        click.echo(
            f"Joint leave (cuti bersama) of {year} is not known to this version: add it to EXTRA_HOLIDAYS."
        )


def _hours(day: Day) -> str:
    return ", ".join(f"{clock(opens)}-{clock(closes)}" for opens, closes in day) or "closed"


def _line(holiday: Holiday) -> str:
    estimated = ", ESTIMATED: may move by a day or two" if holiday.estimated else ""
    return f"  {holiday.on} {DAYS[holiday.on.weekday()]}  {holiday.names['en']} ({KINDS[holiday.kind]}{estimated})"


def _working_days(hours: WorkingTime, year: int) -> str:
    """The number of the year, and that of each month from January on."""
    months = [0] * 12
    first = date(year, 1, 1).toordinal()
    for number in range(first, date(year, 12, 31).toordinal() + 1):
        on = date.fromordinal(number)
        months[on.month - 1] += bool(hours.hours(on))
    return f"{sum(months)} ({', '.join(map(str, months))} from January to December)"
