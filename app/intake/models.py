"""The ledger of received mail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import text

from app.kernel.database import Dated, Model


class ReceivedMail(Dated, Model):
    """One message of one mailbox, taken in exactly once. `status`: received, filed, quarantined.

    `mailbox` is user@host/folder; `raw_file_id` is None only for a message that could not be fetched (`problem` says why).
    """

    __tablename__ = "received_mail"
    __table_args__ = (
        UniqueConstraint("mailbox", "uid_validity", "uid"),
        Index("ix_received_mail_unfiled", "id", postgresql_where=text("status <> 'filed'")),
    )

    mailbox: Mapped[str]
    uid_validity: Mapped[int]
    uid: Mapped[int]
    size: Mapped[int]
    arrived_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(default="received")
    attempts: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None]
    raw_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))


class MailboxState(Model):
    """When a mailbox was last visited with success, and what went wrong since; for the home screen."""

    __tablename__ = "mailbox_state"

    mailbox: Mapped[str] = mapped_column(unique=True)
    last_success_at: Mapped[datetime | None]
    last_mail_at: Mapped[datetime | None]
    problem: Mapped[str | None]
