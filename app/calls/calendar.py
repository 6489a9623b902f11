"""Invitations to a video call as calendar files (RFC 5545, RFC 5546), and their cancellation."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Alarm, Calendar, Event, vCalAddress, vText

_REMINDERS = (timedelta(days=1), timedelta(minutes=15))


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """What a calendar needs to know of a call.

    `uid` stays the same for the whole life of the call; `sequence` grows by one with each change and with the
    cancellation, or calendars ignore the news. `start`, `end` and `stamp` (now) are aware.
    """

    uid: str
    sequence: int
    start: datetime
    end: datetime
    summary: str
    description: str
    organizer_name: str
    organizer_address: str
    attendee_name: str
    attendee_address: str
    url: str
    stamp: datetime


def invitation(event: CallEvent) -> bytes:
    """An .ics file that asks the attendee in, with reminders a day and a quarter of an hour before. UTF-8."""
    entry = _entry(event, status="CONFIRMED")
    for before in _REMINDERS:
        entry.add_component(_reminder(event, before))
    return _calendar(entry, method="REQUEST")


def cancellation(event: CallEvent) -> bytes:
    """An .ics file that takes the call out of the attendee's calendar; its `sequence` is above the invitation's."""
    return _calendar(_entry(event, status="CANCELLED"), method="CANCEL")


def _calendar(entry: Event, *, method: str) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Xignature//Support desk//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add_component(entry)
    return bytes(calendar.to_ical())


def _entry(event: CallEvent, *, status: str) -> Event:
    entry = Event()
    entry.add("uid", event.uid)
    entry.add("sequence", event.sequence)
    # Times go out in UTC: every calendar shows them in its owner's zone, and none needs our zone's rules.
    for name, when in (("dtstamp", event.stamp), ("dtstart", event.start), ("dtend", event.end)):
        entry.add(name, _utc(when))
    entry.add("summary", event.summary)
    entry.add("description", event.description)
    if event.url:
        entry.add("location", event.url)
        entry.add("url", event.url)
    entry.add("status", status)
    entry.add("transp", "OPAQUE" if status == "CONFIRMED" else "TRANSPARENT")
    entry.add("organizer", _person(event.organizer_name, event.organizer_address), encode=False)
    entry.add("attendee", _guest(event), encode=False)
    return entry


def _utc(when: datetime) -> datetime:
    if when.tzinfo is None:
        raise ValueError("a calendar entry needs times with a zone")
    return when.astimezone(UTC).replace(microsecond=0)


def _person(name: str, address: str) -> vCalAddress:
    person = vCalAddress(f"mailto:{address}")
    # A parameter cannot hold quotes or control characters at all (RFC 5545, 3.2).
    clean = "".join(letter for letter in name.replace('"', "'") if letter.isprintable())
    if clean:
        person.params["CN"] = vText(clean)
    return person


def _guest(event: CallEvent) -> vCalAddress:
    guest = _person(event.attendee_name, event.attendee_address)
    guest.params["ROLE"] = vText("REQ-PARTICIPANT")
    guest.params["PARTSTAT"] = vText("NEEDS-ACTION")
    guest.params["RSVP"] = vText("TRUE")
    return guest


def _reminder(event: CallEvent, before: timedelta) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", -before)
    alarm.add("description", event.summary)
    return alarm
