"""The ledger of received mail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import text

from app.kernel.database import Dated, Model


class ReceivedMail(Dated, Model):
    """One message of one mailbox, taken in exactly once. `status`: received, filed, quarantined.

    `mailbox` is user@host/folder, or "import"; `raw_file_id` is None only for a message that could not be fetched
    (`problem` says why). `told_at` is when the server was told that the message is filed, `sender_told_at` when the sender
    was told that it is too large; a `silent` message is filed without a letter to anybody.
    """

    __tablename__ = "received_mail"
    __table_args__ = (
        UniqueConstraint("mailbox", "uid_validity", "uid"),
        Index("ix_received_mail_unfiled", "id", postgresql_where=text("status <> 'filed'")),
        Index(
            "ix_received_mail_untold",
            "mailbox",
            "uid_validity",
            "id",
            postgresql_where=text("status = 'filed' AND told_at IS NULL"),
        ),
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
    told_at: Mapped[datetime | None]
    sender_told_at: Mapped[datetime | None]
    silent: Mapped[bool] = mapped_column(default=False, server_default=false())


class MailboxState(Model):
    """When a mailbox was last visited with success, what went wrong since (a code), and how its counts compare.

    `unmatched` are numbers that the last count found on the server and not in the ledger; `missing` is how many of
    them the count before had found already. `told_problem` is why the server does not take what it is told.
    """

    __tablename__ = "mailbox_state"

    mailbox: Mapped[str] = mapped_column(unique=True)
    last_success_at: Mapped[datetime | None]
    last_mail_at: Mapped[datetime | None]
    problem: Mapped[str | None]
    problem_since: Mapped[datetime | None]
    counted_at: Mapped[datetime | None]
    server_count: Mapped[int | None]
    known_count: Mapped[int | None]
    unmatched: Mapped[list[int]] = mapped_column(JSONB, default=list, server_default="[]")
    missing: Mapped[int] = mapped_column(default=0, server_default="0")
    told_problem: Mapped[str | None]


class MailboxToken(Model):
    """The tokens of a mailbox that is signed in to with OAuth, sealed with the master key.

    `origin` is the digest of the settings they come from: when those change, the stored ones no longer count.
    Who refreshes holds the lease, so that two processes do not use one refresh token at the same time.
    """

    __tablename__ = "mailbox_token"

    mailbox: Mapped[str] = mapped_column(unique=True)
    origin: Mapped[bytes]
    sealed_refresh_token: Mapped[bytes | None]
    sealed_access_token: Mapped[bytes | None]
    granted_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    refresh_expires_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    problem: Mapped[str | None]
    problem_since: Mapped[datetime | None]
