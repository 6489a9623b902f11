"""Macros."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.database import Dated, Model


class Macro(Dated, Model):
    """An answer that is written often, in English and Indonesian, with placeholders. Status: active, retired.

    `starter` names the entry of starters.toml it came from, `starter_digest` what it said then: one that still says so has
    not been edited here. `version` grows with every edit, so that two editors notice each other.
    """

    __tablename__ = "macro"

    title: Mapped[str]
    text_en: Mapped[str]
    text_id: Mapped[str]
    status: Mapped[str] = mapped_column(default="active")
    uses: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    starter: Mapped[str | None] = mapped_column(unique=True)
    starter_digest: Mapped[str | None]
    edited_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    edited_at: Mapped[datetime | None]
