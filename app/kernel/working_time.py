"""Working hours as arithmetic: pure, no database. Moments in and out are aware; results are UTC.

A week of opening hours, in one zone, less the closed days. What counts is the time that really passes while the door
is open, so a change of the clocks makes a working day an hour shorter or longer, as it does for people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# From minute to minute after midnight, by the clock on the wall; 1440 is the midnight that ends the day.
Hours = tuple[int, int]
Day = tuple[Hours, ...]
Span = tuple[datetime, datetime]
NOTHING = timedelta()
# Nobody is closed for longer: a walk beyond that means settings that leave no day open.
MOST_DAYS = 4000


class NeverOpen(Exception):
    """Raised when no working time is found within MOST_DAYS days: the calendar closes every day."""


def _never_closed(_on: date) -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class WorkingTime:
    """`week` is Monday to Sunday; `closed` tells holidays; a day in `opened` is open in spite of holiday or weekend.

    Such an extra day has its weekday's own hours, or those of the first open weekday when its own has none.
    """

    week: tuple[Day, ...]
    zone: ZoneInfo
    closed: Callable[[date], bool] = _never_closed
    opened: frozenset[date] = frozenset()

    def hours(self, on: date) -> Day:
        """The opening hours of a date, () when it is closed."""
        usual = self.week[on.weekday()]
        if on in self.opened:
            return usual or next((day for day in self.week if day), ())
        return () if self.closed(on) else usual

    def is_open(self, at: datetime) -> bool:
        """Whether somebody works at this moment; the moment of closing is closed."""
        return any(start <= at < end for start, end in self._spans(self._date(at)))

    def next_opening(self, at: datetime) -> datetime:
        """The first moment from `at` on that is open: `at` itself when it is."""
        return max(at.astimezone(UTC), next(self._from(at))[0])

    def next_closing(self, at: datetime) -> datetime:
        """When the hours that run at `at`, or come next, end."""
        return next(self._from(at))[1]

    def add_working(self, start: datetime, duration: timedelta) -> datetime:
        """The first moment from `start` on by which so much working time has passed."""
        start, left = start.astimezone(UTC), duration
        if duration <= NOTHING:
            return start
        for opening, closing in self._from(start):
            begin = max(opening, start)
            if closing - begin >= left:
                return begin + left
            left -= closing - begin
        raise AssertionError("unreachable")

    def subtract_working(self, end: datetime, duration: timedelta) -> datetime:
        """The last moment since which so much working time has passed by `end`.

        For any s: add_working(s, duration) <= end exactly when s <= subtract_working(end, duration). A list of what is
        overdue needs this one threshold instead of a computation for each row.
        """
        end, left = end.astimezone(UTC), duration
        if duration <= NOTHING:
            return end
        for opening, closing in self._back_from(end):
            finish = min(closing, end)
            if finish - opening >= left:
                return finish - left
            left -= finish - opening
        raise AssertionError("unreachable")

    def working_between(self, start: datetime, end: datetime) -> timedelta:
        """How much working time lies between two moments; negative when `end` is the earlier one."""
        # In UTC, because the difference of two moments of one zone is that of the clocks on the wall.
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        if end < start:
            return -self.working_between(end, start)
        first = self._date(start)
        days = (self._date(end) - first).days + 1
        return sum(
            (
                max(NOTHING, min(closing, end) - max(opening, start))
                for opening, closing in self._days(first, days)
            ),
            NOTHING,
        )

    def _from(self, at: datetime) -> Iterator[Span]:
        """The open spans that end after `at`, in order."""
        yield from (span for span in self._days(self._date(at), MOST_DAYS) if span[1] > at)
        raise NeverOpen

    def _back_from(self, at: datetime) -> Iterator[Span]:
        """The open spans that begin before `at`, latest first."""
        yield from (span for span in self._days(self._date(at), -MOST_DAYS) if span[0] < at)
        raise NeverOpen

    def _days(self, first: date, number: int) -> Iterator[Span]:
        """The spans of so many dates from `first` on, or back from it when the number is negative."""
        step = 1 if number > 0 else -1
        for days in range(0, number, step):
            yield from self._spans(first + timedelta(days=days))[::step]

    def _spans(self, on: date) -> list[Span]:
        """The open spans of a date in UTC; one that a change of the clocks leaves nothing of is dropped."""
        midnight = datetime.combine(on, time(), self.zone)
        # Adding to a moment with a zone moves the hands of the clock on the wall, which is what opening hours mean.
        found = [
            (
                (midnight + timedelta(minutes=opens)).astimezone(UTC),
                (midnight + timedelta(minutes=closes)).astimezone(UTC),
            )
            for opens, closes in self.hours(on)
        ]
        return [(start, end) for start, end in found if start < end]

    def _date(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()
