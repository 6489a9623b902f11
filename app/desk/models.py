"""Saved searches."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.database import Dated, Model


class SavedSearch(Dated, Model):
    """What somebody searched for, so that the address of the result names nobody; `filters` as search_filters.py has them."""

    __tablename__ = "saved_search"

    code: Mapped[str] = mapped_column(unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id", ondelete="CASCADE"), index=True)
    terms: Mapped[str]
    filters: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
