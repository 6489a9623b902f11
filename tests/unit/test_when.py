"""Moments chosen by one key, in Jakarta's mornings."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.desk.when import chosen
from app.kernel.errors import InvalidInput

# A Thursday evening in Jakarta that is still Thursday noon in UTC, and a Sunday night that is Monday there.
THURSDAY = datetime(2026, 11, 26, 13, 0, tzinfo=UTC)
ALREADY_MONDAY = datetime(2026, 11, 29, 20, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "choice", "day", "expected"),
    [
        (THURSDAY, "hours", "", datetime(2026, 11, 26, 16, 0, tzinfo=UTC)),
        (THURSDAY, "tomorrow", "", datetime(2026, 11, 27, 1, 0, tzinfo=UTC)),
        (THURSDAY, "monday", "", datetime(2026, 11, 30, 1, 0, tzinfo=UTC)),
        (ALREADY_MONDAY, "monday", "", datetime(2026, 12, 7, 1, 0, tzinfo=UTC)),
        (ALREADY_MONDAY, "tomorrow", "", datetime(2026, 12, 1, 1, 0, tzinfo=UTC)),
        (THURSDAY, "day", "2026-12-24", datetime(2026, 12, 24, 1, 0, tzinfo=UTC)),
    ],
)
def test_the_moment_meant(at: datetime, choice: str, day: str, expected: datetime) -> None:
    assert chosen(choice, day, at=at) == expected


@pytest.mark.parametrize(("choice", "day"), [("", ""), ("never", ""), ("day", ""), ("day", "24.12.")])
def test_what_is_no_moment_is_refused(choice: str, day: str) -> None:
    with pytest.raises(InvalidInput):
        chosen(choice, day, at=THURSDAY)
