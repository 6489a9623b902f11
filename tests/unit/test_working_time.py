"""Working hours as arithmetic: by table, and by laws that hold for any calendar and any moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kernel.opening_hours import read_dates, read_week, read_zone
from app.kernel.public_holidays import holidays_of, joint_leave_known
from app.kernel.working_time import NeverOpen, WorkingTime

JAKARTA = ZoneInfo("Asia/Jakarta")
WEEK = read_week("Mon-Thu 08:30-17:00, Fri 08:30-16:30")
OFFICE = WorkingTime(week=WEEK, zone=JAKARTA, closed=lambda on: on in holidays_of(on.year))
LUNCH = WorkingTime(week=read_week("Mon-Fri 08:00-12:00 13:00-17:00, Sat 22:00-24:00"), zone=JAKARTA)
BERLIN = WorkingTime(week=read_week("Mon-Sun 01:00-06:00"), zone=ZoneInfo("Europe/Berlin"))
CALENDARS = [OFFICE, LUNCH, BERLIN]
HOUR = timedelta(hours=1)


def jakarta(text: str) -> datetime:
    """A moment as people in Jakarta write it, such as 2026-11-26 17:00."""
    return datetime.fromisoformat(text).replace(tzinfo=JAKARTA)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-11-26 08:30", 4, "2026-11-26 12:30"),
        ("2026-11-26 16:00", 4, "2026-11-27 11:30"),
        ("2026-11-26 16:00", 1, "2026-11-26 17:00"),
        ("2026-11-26 03:00", 4, "2026-11-26 12:30"),
        ("2026-11-26 21:00", 1, "2026-11-27 09:30"),
        # Friday ends half an hour earlier, and a weekend follows.
        ("2026-11-27 16:00", 1, "2026-11-30 09:00"),
        ("2026-11-28 12:00", 8, "2026-11-30 16:30"),
        # Christmas on Friday with joint leave on Thursday: from Wednesday evening to Monday.
        ("2026-12-23 17:00", 4, "2026-12-28 12:30"),
        # Idul Fitri 2026: joint leave 18, Nyepi 19, joint leave 20, feast 21 and 22, joint leave 23 and 24.
        ("2026-03-17 16:00", 2, "2026-03-25 09:30"),
        # Nyepi on Monday 8 March 2027, then joint leave, Idul Fitri and joint leave until Monday 15.
        ("2027-03-05 15:30", 2, "2027-03-16 09:30"),
        # Imlek 2027 is a Saturday, its joint leave the Friday before; Waisak 2027 a Thursday after Idul Adha on Monday.
        ("2027-02-04 16:30", 1, "2027-02-08 09:00"),
        ("2027-05-14 16:00", 1, "2027-05-21 09:00"),
    ],
)
def test_what_is_due_when(start: str, hours: float, due: str) -> None:
    assert OFFICE.add_working(jakarta(start), hours * HOUR) == jakarta(due)
    assert OFFICE.working_between(jakarta(start), jakarta(due)) == hours * HOUR


@pytest.mark.parametrize(
    ("at", "is_open", "opens", "closes"),
    [
        ("2026-11-26 08:29", False, "2026-11-26 08:30", "2026-11-26 17:00"),
        ("2026-11-26 08:30", True, "2026-11-26 08:30", "2026-11-26 17:00"),
        ("2026-11-26 16:59", True, "2026-11-26 16:59", "2026-11-26 17:00"),
        ("2026-11-26 17:00", False, "2026-11-27 08:30", "2026-11-27 16:30"),
        ("2026-11-27 16:45", False, "2026-11-30 08:30", "2026-11-30 17:00"),
        ("2026-12-25 10:00", False, "2026-12-28 08:30", "2026-12-28 17:00"),
    ],
)
def test_open_or_closed(at: str, is_open: bool, opens: str, closes: str) -> None:
    assert OFFICE.is_open(jakarta(at)) is is_open
    assert OFFICE.next_opening(jakarta(at)) == jakarta(opens)
    assert OFFICE.next_closing(jakarta(at)) == jakarta(closes)


def test_lunch_is_no_working_time() -> None:
    assert not LUNCH.is_open(jakarta("2026-11-26 12:30"))
    assert LUNCH.add_working(jakarta("2026-11-26 11:00"), 2 * HOUR) == jakarta("2026-11-26 14:00")
    assert LUNCH.add_working(jakarta("2026-11-27 16:00"), 4 * HOUR) == jakarta("2026-11-30 09:00")


def test_extra_working_days_win_over_holiday_and_weekend() -> None:
    saturday, leave = date(2026, 11, 28), date(2026, 12, 24)
    busy = WorkingTime(week=WEEK, zone=JAKARTA, closed=OFFICE.closed, opened=frozenset({saturday, leave}))

    assert busy.hours(saturday) == ((510, 1020),), "A Saturday has no hours of its own: Monday's."
    assert busy.hours(leave) == ((510, 1020),)
    assert busy.add_working(jakarta("2026-11-27 16:00"), HOUR) == jakarta("2026-11-28 09:00")


def test_an_hour_that_the_clocks_take_away_is_not_worked() -> None:
    # In Berlin the clock goes from 2 to 3 on 29 March 2026, and from 3 back to 2 on 25 October.
    day = timedelta(days=1)
    for morning, hours in (("2026-03-29", 4), ("2026-10-25", 6), ("2026-07-01", 5)):
        start = datetime.fromisoformat(morning).replace(tzinfo=BERLIN.zone)
        assert BERLIN.working_between(start, start + day) == hours * HOUR
    early = datetime.fromisoformat("2026-03-29 01:30").replace(tzinfo=BERLIN.zone)
    assert BERLIN.working_between(early, early.replace(hour=5, minute=0)) == 2.5 * HOUR
    assert BERLIN.add_working(early, 2.5 * HOUR) == early.replace(hour=5, minute=0)


def test_a_calendar_that_never_opens_says_so() -> None:
    never = WorkingTime(week=WEEK, zone=JAKARTA, closed=lambda on: True)

    for ask in (
        never.next_opening,
        lambda at: never.add_working(at, HOUR),
        lambda at: never.subtract_working(at, HOUR),
    ):
        with pytest.raises(NeverOpen):
            ask(jakarta("2026-11-26 10:00"))
    assert never.working_between(jakarta("2026-01-01 00:00"), jakarta("2026-12-31 00:00")) == timedelta()


calendars = st.sampled_from(CALENDARS)
zones = st.sampled_from([ZoneInfo("UTC"), JAKARTA, ZoneInfo("Europe/Berlin")])
# The bounds are times on the wall: hypothesis wants them without a zone.
bounds = (datetime.fromisoformat(day) for day in ("2026-01-01", "2027-12-31"))
moments = st.datetimes(*bounds, timezones=zones).filter(
    lambda at: at.astimezone(UTC).astimezone(at.tzinfo) == at
)
durations = st.timedeltas(timedelta(), timedelta(hours=60))
SOME = settings(max_examples=60, deadline=None, derandomize=True)


@SOME
@given(calendars, moments, durations)
def test_what_is_added_lies_between(hours: WorkingTime, start: datetime, duration: timedelta) -> None:
    due = hours.add_working(start, duration)

    assert due >= start
    assert hours.working_between(start, due) == duration
    assert hours.working_between(due, start) == -duration


@SOME
@given(calendars, moments, durations)
def test_what_is_taken_away_lies_between(hours: WorkingTime, end: datetime, duration: timedelta) -> None:
    since = hours.subtract_working(end, duration)

    assert since <= end
    assert hours.working_between(since, end) == duration


@SOME
@given(calendars, moments, moments, durations)
def test_one_threshold_finds_everything_that_is_overdue(
    hours: WorkingTime, since: datetime, at: datetime, duration: timedelta
) -> None:
    overdue = hours.add_working(since, duration) <= at

    assert overdue is (since <= hours.subtract_working(at, duration))


@SOME
@given(calendars, moments, durations, durations)
def test_later_and_longer_is_never_due_earlier(
    hours: WorkingTime, start: datetime, duration: timedelta, more: timedelta
) -> None:
    due = hours.add_working(start, duration)

    assert due <= hours.add_working(start, duration + more)
    assert due <= hours.add_working(start.astimezone(UTC) + more, duration)
    assert hours.add_working(start, duration + more) == hours.add_working(due, more) or not more


@SOME
@given(calendars, moments, moments, moments)
def test_stretches_add_up(hours: WorkingTime, one: datetime, two: datetime, three: datetime) -> None:
    first, second, third = sorted((one, two, three))
    parts = hours.working_between(first, second) + hours.working_between(second, third)

    assert hours.working_between(first, third) == parts <= third - first


@SOME
@given(calendars, moments)
def test_it_is_open_at_its_opening_and_closed_at_its_closing(hours: WorkingTime, at: datetime) -> None:
    opening = hours.next_opening(at)

    assert hours.is_open(opening)
    assert (opening == at) is hours.is_open(at)
    assert not hours.is_open(hours.next_closing(at))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no open day"),
        ("Mon", "hours that follow each other"),
        ("Mon 8-17", "form 08:30-17:00"),
        ("Mon 08:60-17:00", "form 08:30-17:00"),
        ("Mon 08:30-24:01", "form 08:30-17:00"),
        ("Mon 17:00-08:30", "hours that follow each other"),
        ("Mon 08:00-12:00 11:00-13:00", "hours that follow each other"),
        ("Mon-Fri 08:00-17:00, Fri 08:00-16:00", "Fri twice"),
        ("Fri-Mon 08:00-17:00", "backwards"),
        ("Montag 08:00-17:00", "a day that is not"),
        ("Mon-Tue-Wed 08:00-17:00", "a day that is not"),
    ],
)
def test_hours_that_make_no_sense_are_told_without_quoting(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read_week(text)


def test_dates_and_zones_are_read() -> None:
    assert read_dates(" 2026-12-31,2027-01-04, ") == {date(2026, 12, 31), date(2027, 1, 4)}
    assert read_zone("Asia/Makassar").key == "Asia/Makassar"
    for read, wrong in ((read_dates, "31.12.2026"), (read_dates, "2026-02-30"), (read_zone, "Asia/Atlantis")):
        with pytest.raises(ValueError, match="must be"):
            read(wrong)
    with pytest.raises(ValueError, match="must be"):
        read_zone("../etc/passwd")


@pytest.mark.parametrize(
    ("on", "name", "kind", "estimated"),
    [
        ("2026-02-17", "Tahun Baru Imlek", "public", False),
        ("2026-03-19", "Hari Suci Nyepi", "public", False),
        ("2026-03-21", "Hari Raya Idul Fitri", "public", False),
        ("2026-03-23", "Cuti Bersama Hari Raya Idul Fitri", "joint_leave", False),
        ("2026-05-31", "Hari Raya Waisak", "public", False),
        ("2026-12-24", "Cuti Bersama Hari Raya Natal", "joint_leave", False),
        ("2027-02-06", "Tahun Baru Imlek", "public", False),
        ("2027-03-10", "Hari Raya Idul Fitri", "public", True),
        ("2027-05-20", "Hari Raya Waisak", "public", False),
        ("2028-02-27", "Hari Raya Idul Fitri", "public", True),
    ],
)
def test_indonesian_holidays_and_what_is_estimated(on: str, name: str, kind: str, estimated: bool) -> None:
    day = date.fromisoformat(on)
    holiday = holidays_of(day.year)[day]

    assert (holiday.names["id"], holiday.kind) == (name, kind)
    # A newer library may know what this one estimates, never the other way round.
    assert estimated or not holiday.estimated
    assert "(" not in "".join(holiday.names.values())


def test_joint_leave_of_years_without_a_decree_is_missing() -> None:
    assert joint_leave_known(2026) and joint_leave_known(2027)
    assert not joint_leave_known(2090)
