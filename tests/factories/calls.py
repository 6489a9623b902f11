"""Calls in any state of their life, made by the real verbs. Everything here needs an application context."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from app.calls.book import book_call
from app.calls.checklist import KEYS
from app.calls.models import Call
from app.calls.record import record_outcome
from app.kernel.clock import now
from app.staff.models import StaffMember
from tests.factories.dossiers import awaiting_call
from tests.factories.staff import actor_of

JOIN_URL = "https://meet.example/room-1"
ALL_YES = dict.fromkeys(KEYS, "yes")


def booked(
    caller: StaffMember,
    *,
    reviewer: StaffMember,
    starts_at: datetime | None = None,
    minutes: int = 30,
    **more: Any,
) -> Call:
    """A call that can be recorded already (it begins in five minutes), of a dossier that `reviewer` reviewed."""
    dossier = awaiting_call(actor_of(reviewer), **more)
    return book_call(
        dossier.id,
        staff_id=caller.id,
        starts_at=starts_at or now() + timedelta(minutes=5),
        minutes=minutes,
        join_url=JOIN_URL,
        actor=actor_of(reviewer),
    )


def recorded(caller: StaffMember, *, reviewer: StaffMember, outcome: str, **more: Any) -> Call:
    """A call that ended so."""
    call = booked(caller, reviewer=reviewer, **more)
    return record_outcome(
        call.id, answers=ALL_YES, outcome=outcome, note="Seen and heard well.", actor=actor_of(caller)
    )


def confirmed(caller: StaffMember, *, reviewer: StaffMember, **more: Any) -> Call:
    """A call that confirmed the identity; its dossier awaits approval."""
    return recorded(caller, reviewer=reviewer, outcome="confirmed", **more)
