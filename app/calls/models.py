"""Video calls."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.sql import func, text

from app.kernel.database import Dated, Model
from app.staff.models import StaffMember


class Call(Dated, Model):
    """One video call. `status`: booked, cancelled, confirmed, failed, aborted, no_show, suspected_fraud, set_aside.

    The database forbids two booked calls of one staff member overlapping, and two booked calls of one dossier.
    `answers` maps a checklist item's key to {answer: yes|no, at: ISO time}. `recorded_by_id` and `recorded_at` tell who
    ended it and when; a call that was cancelled has neither.
    """

    __tablename__ = "call"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="order"),
        Index(
            "uq_call_booked_dossier", "dossier_id", unique=True, postgresql_where=text("status = 'booked'")
        ),
        ExcludeConstraint(
            (func.int8range(text("staff_id"), text("staff_id"), text("'[]'")), "&&"),
            (func.tstzrange(text("starts_at"), text("ends_at")), "&&"),
            name="ex_call_no_double_booking",
            using="gist",
            where=text("status = 'booked'"),
        ),
    )

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), index=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="booked")
    calendar_uid: Mapped[str] = mapped_column(unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    join_url: Mapped[str]
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    note: Mapped[str | None]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    recorded_at: Mapped[datetime | None]
    staff: Mapped[StaffMember] = relationship(foreign_keys=[staff_id], lazy="joined")
