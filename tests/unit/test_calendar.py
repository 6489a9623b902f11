"""Calendar files for calls, read back by the icalendar library and by eye."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from icalendar import Calendar

from app.calls.calendar import CallEvent, cancellation, invitation

JAKARTA = timezone(timedelta(hours=7))
EVENT = CallEvent(
    uid="call-7F3K2@xignature.co.id",
    sequence=0,
    start=datetime(2026, 3, 2, 10, 0, tzinfo=JAKARTA),
    end=datetime(2026, 3, 2, 10, 30, tzinfo=JAKARTA),
    summary="Video call with Xignature",
    description="Please have your passport at hand.\nQuestions? Reply to this mail; thank you, Dita",
    organizer_name="Xignature Support",
    organizer_address="support@xignature.co.id",
    attendee_name='Jörg "Joe" Müller; Dr., B',
    attendee_address="joerg@example.org",
    url="https://desk.xignature.co.id/call/abc?x=1,2",
    stamp=datetime(2026, 2, 20, 3, 4, 5, 678, tzinfo=UTC),
)


def entry_of(ics: bytes) -> tuple[Any, Any]:
    calendar: Any = Calendar.from_ical(ics)
    (entry,) = calendar.walk("VEVENT")
    return calendar, entry


def test_an_invitation_says_everything() -> None:
    calendar, entry = entry_of(invitation(EVENT))
    assert calendar["METHOD"] == "REQUEST"
    assert entry["UID"] == EVENT.uid
    assert entry["SEQUENCE"] == 0
    assert entry["STATUS"] == "CONFIRMED"
    assert entry.decoded("DTSTART") == EVENT.start
    assert entry.decoded("DTEND") == EVENT.end
    assert entry["SUMMARY"] == EVENT.summary
    assert entry["DESCRIPTION"] == EVENT.description
    assert entry["URL"] == EVENT.url
    assert entry["ORGANIZER"] == "mailto:support@xignature.co.id"
    assert entry["ATTENDEE"] == "mailto:joerg@example.org"
    assert entry["ATTENDEE"].params["CN"] == "Jörg 'Joe' Müller; Dr., B"
    assert entry["ATTENDEE"].params["RSVP"] == "TRUE"
    assert len(entry.walk("VALARM")) == 2


def test_the_file_is_as_rfc_5545_wants_it() -> None:
    lines = invitation(EVENT).split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert b"DTSTART:20260302T030000Z" in lines
    assert b"DTSTAMP:20260220T030405Z" in lines
    assert b"METHOD:REQUEST" in lines
    assert all(len(line) <= 75 for line in lines)


def test_a_cancellation_takes_the_same_call_out() -> None:
    calendar, entry = entry_of(cancellation(replace(EVENT, sequence=2)))
    assert calendar["METHOD"] == "CANCEL"
    assert entry["STATUS"] == "CANCELLED"
    assert (entry["UID"], entry["SEQUENCE"]) == (EVENT.uid, 2)
    assert entry.walk("VALARM") == []


def test_a_line_break_cannot_become_a_property() -> None:
    ics = invitation(replace(EVENT, summary="a\r\nATTENDEE:mailto:x@y", attendee_name="b\r\nX-A:c"))
    assert not any(line.startswith((b"ATTENDEE:mailto:x", b"X-A")) for line in ics.split(b"\r\n"))


def test_no_link_no_property_and_times_need_a_zone() -> None:
    _, entry = entry_of(invitation(replace(EVENT, url="")))
    assert "URL" not in entry
    with pytest.raises(ValueError, match="zone"):
        invitation(replace(EVENT, start=datetime(2026, 3, 2, 10, 0)))  # noqa: DTZ001
