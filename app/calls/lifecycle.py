"""All status changes of a call, by compare-and-set."""

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

OUTCOMES = (CONFIRMED, FAILED, ABORTED, NO_SHOW, SUSPECTED_FRAUD)

LABELS = {
    BOOKED: lazy_gettext("Booked"),
    CANCELLED: lazy_gettext("Cancelled"),
    CONFIRMED: lazy_gettext("Identity confirmed"),
    FAILED: lazy_gettext("Failed"),
    ABORTED: lazy_gettext("Aborted"),
    NO_SHOW: lazy_gettext("No-show"),
    SUSPECTED_FRAUD: lazy_gettext("Suspected fraud"),
}


def leave_booked(call_id: int, becomes: str, **values: Any) -> Call:
    """End a booked call in one of its ends, or raise Stale when it has already ended."""
    if not change_status(Call, call_id, was=BOOKED, becomes=becomes, **values):
        raise Stale
    return fetch(Call, call_id)
