"""Rows of the trail. The application's role may only insert entries and seals; details are erasable."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.clock import now
from app.kernel.database import Model


class TrailEntry(Model):
    """One act. `detail_digest` is SHA-256 over salt and canonical JSON of the erasable detail, or None without one."""

    __tablename__ = "trail_entry"

    at: Mapped[datetime] = mapped_column(default=now)
    actor_kind: Mapped[str]
    actor_id: Mapped[int | None] = mapped_column(index=True)
    verb: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[int]
    dossier_id: Mapped[int | None] = mapped_column(index=True)
    detail_digest: Mapped[bytes | None]


class TrailDetail(Model):
    """Free text and personal data of an entry (reason, before and after); the only part that erasure removes."""

    __tablename__ = "trail_detail"

    entry_id: Mapped[int] = mapped_column(ForeignKey("trail_entry.id"), unique=True)
    salt: Mapped[bytes]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)


class TrailPending(Model):
    """An entry that the sealer has not met yet; written with the entry, removed with its seal."""

    __tablename__ = "trail_pending"

    entry_id: Mapped[int] = mapped_column(ForeignKey("trail_entry.id"), unique=True)


class TrailSeal(Model):
    """One link of the hash chain, made by the sealer in commit order; `id` is the gapless sequence number from 1."""

    __tablename__ = "trail_seal"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(ForeignKey("trail_entry.id"), unique=True)
    previous: Mapped[bytes]
    digest: Mapped[bytes]
    sealed_at: Mapped[datetime] = mapped_column(default=now)
