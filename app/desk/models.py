"""Saved searches, and who looks at what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.clock import now
from app.kernel.database import Dated, Model


class SavedSearch(Dated, Model):
    """What somebody searched for, so that the address of the result names nobody; `filters` as search_filters.py has them."""

    __tablename__ = "saved_search"

    code: Mapped[str] = mapped_column(unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"), index=True)
    terms: Mapped[str]
    filters: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)


class Presence(Model):
    """That a staff member has something on the screen: `subject_type` is a table's name, `doing` is looking or replying.

    Told anew every few seconds and forgotten soon after; it is no record of anybody's work.
    """

    __tablename__ = "presence"
    __table_args__ = (UniqueConstraint("subject_type", "subject_id", "staff_id"),)

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"), index=True)
    subject_type: Mapped[str]
    subject_id: Mapped[int]
    doing: Mapped[str] = mapped_column(default="looking")
    seen_at: Mapped[datetime] = mapped_column(default=now)
