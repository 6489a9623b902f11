"""Who may hold calls, and what each has booked already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from app.calls.lifecycle import BOOKED
from app.calls.models import Call
from app.kernel.clock import now
from app.kernel.database import db
from app.kernel.permissions import Permission
from app.staff.models import StaffMember


def holders() -> list[StaffMember]:
    """Everybody who can be booked for a call, by name."""
    active = db.session.scalars(select(StaffMember).where(StaffMember.active).order_by(StaffMember.name))
    return [member for member in active if Permission.CALLS_HOLD in member.permissions]


def booked_soon(*, days: int = 7, most: int = 12) -> Sequence[Call]:
    """What is booked in the next days, so that a time is chosen which is free."""
    wanted = (
        select(Call)
        .where(Call.status == BOOKED, Call.ends_at > now(), Call.starts_at < now() + timedelta(days=days))
        .order_by(Call.starts_at, Call.id)
        .limit(most)
    )
    return db.session.scalars(wanted).all()
