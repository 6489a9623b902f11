"""Which calls there are."""

from __future__ import annotations

from sqlalchemy import select

from app.calls.lifecycle import BOOKED, CONFIRMED
from app.calls.models import Call
from app.kernel.database import db


def booked_call(dossier_id: int) -> Call | None:
    """The call that is booked for a dossier; there is at most one."""
    return db.session.scalar(select(Call).where(Call.dossier_id == dossier_id, Call.status == BOOKED))


def call_with_uid(uid: str) -> Call | None:
    """The call whose invitations carry this UID."""
    return db.session.scalar(select(Call).where(Call.calendar_uid == uid)) if uid else None


def confirmed_call(dossier_id: int) -> Call | None:
    """The newest call in which the identity was confirmed."""
    return db.session.scalar(
        select(Call)
        .where(Call.dossier_id == dossier_id, Call.status == CONFIRMED)
        .order_by(Call.id.desc())
        .limit(1)
    )
