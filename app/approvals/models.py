"""Approval requests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.sql import text

from app.kernel.database import Dated, Model
from app.staff.models import StaffMember


class ApprovalRequest(Dated, Model):
    """What a supervisor decides on. `status`: pending, approved, sent_back, rejected, void.

    `snapshot` is what was reviewed, `digest` the SHA-256 of its canonical JSON. A trigger of the database refuses an
    approval by a maker of the dossier, and a maker who approved it. `void_reason` is a code of void.py.
    """

    __tablename__ = "approval_request"
    __table_args__ = (
        Index(
            "uq_approval_request_pending",
            "dossier_id",
            unique=True,
            postgresql_where=text("status = 'pending'"),
        ),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> submitted_by_id", name="four_eyes"),
    )

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), index=True)
    status: Mapped[str] = mapped_column(default="pending")
    submitted_by_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSONB)
    digest: Mapped[bytes]
    expires_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"), index=True)
    decided_at: Mapped[datetime | None]
    note: Mapped[str | None]
    void_reason: Mapped[str | None]
    submitted_by: Mapped[StaffMember] = relationship(foreign_keys=[submitted_by_id], lazy="joined")
    decided_by: Mapped[StaffMember | None] = relationship(foreign_keys=[decided_by_id], lazy="joined")
