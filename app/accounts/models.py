"""People and their accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.database import Dated, Model


class Person(Dated, Model):
    """Somebody who writes to us. `key_owner` names the key in the key store that opens this person's files."""

    __tablename__ = "person"

    key_owner: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    email: Mapped[str | None] = mapped_column(unique=True)
    phone: Mapped[str | None]
    locale: Mapped[str] = mapped_column(default="en")


class Account(Dated, Model):
    """A subscriber. Status: awaiting_activation, active, closed. `subject` is the approved certificate subject.

    `locale` is the language of its letters: the dossier's when it was approved.
    """

    __tablename__ = "account"

    reference: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), unique=True)
    kind: Mapped[str]
    status: Mapped[str] = mapped_column(default="awaiting_activation")
    email: Mapped[str] = mapped_column(index=True)
    phone: Mapped[str | None]
    company: Mapped[str | None]
    locale: Mapped[str]
    subject: Mapped[dict[str, Any]] = mapped_column(JSONB)
    activated_at: Mapped[datetime | None]
    person: Mapped[Person] = relationship(lazy="joined")
