"""All status changes of a call, by compare-and-set: booked → one of its ends; confirmed → set aside."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

from app.calls.models import Call
from app.kernel.database import change_status, fetch
from app.kernel.errors import Stale

BOOKED = "booked"
CANCELLED = "cancelled"
CONFIRMED = "confirmed"
FAILED = "failed"
ABORTED = "aborted"
NO_SHOW = "no_show"
SUSPECTED_FRAUD = "suspected_fraud"
SET_ASIDE = "set_aside"

OUTCOMES = (CONFIRMED, FAILED, ABORTED, NO_SHOW, SUSPECTED_FRAUD)

LABELS = {
    BOOKED: lazy_gettext("Booked"),
    CANCELLED: lazy_gettext("Cancelled"),
    CONFIRMED: lazy_gettext("Identity confirmed"),
    FAILED: lazy_gettext("Failed"),
    ABORTED: lazy_gettext("Aborted"),
    NO_SHOW: lazy_gettext("No-show"),
    SUSPECTED_FRAUD: lazy_gettext("Suspected fraud"),
    SET_ASIDE: lazy_gettext("Set aside"),
}
TONES = {
    BOOKED: "accent",
    CANCELLED: "calm",
    CONFIRMED: "good",
    FAILED: "bad",
    ABORTED: "warn",
    NO_SHOW: "warn",
    SUSPECTED_FRAUD: "bad",
    SET_ASIDE: "calm",
}


def leave_booked(call_id: int, becomes: str, **values: Any) -> Call:
    """End a booked call in one of its ends, or raise Stale when it has already ended."""
    if not change_status(Call, call_id, was=BOOKED, becomes=becomes, **values):
        raise Stale
    return fetch(Call, call_id)


def set_aside(call_id: int) -> Call:
    """Let a call that confirmed the identity count no longer, because another one is wanted; Stale when it does not count."""
    if not change_status(Call, call_id, was=CONFIRMED, becomes=SET_ASIDE):
        raise Stale
    return fetch(Call, call_id)
