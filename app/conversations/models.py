"""Conversations, who takes part in them, messages, attachments."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.kernel.clock import now
from app.kernel.database import Dated, Model
from app.vault.models import StoredFile

# Where an open conversation that waits for nothing sorts among those with a due time, in SQL and here.
NEVER_DUE = "'9999-12-31 00:00:00+00'::timestamptz"
NEVER = datetime(9999, 12, 31, tzinfo=UTC)


class Conversation(Dated, Model):
    """A thread with one person. `address` opened it; parties.py says who else is answered. Status: open, answered, closed.

    When an answer is due is computed by service_level.py only, from the messages and the three moments `closed_at`,
    `acknowledged_at` (an automatic letter said all there was to say) and `reopened_at` (by hand). `first_answer_seconds`
    is working time. A merged one is closed, empty, and points by `merged_into_id` at the one that has its messages now.
    """

    __tablename__ = "conversation"
    __table_args__ = (
        Index("ix_conversation_open", "last_message_at", "id", postgresql_where="status = 'open'"),
        Index(
            "ix_conversation_due",
            text(f"coalesce(answer_due_at, {NEVER_DUE})"),
            "id",
            postgresql_where="status = 'open'",
        ),
        Index(
            "ix_conversation_first_answered_at",
            "first_answered_at",
            postgresql_where="first_answer_seconds IS NOT NULL",
        ),
    )

    reference: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    address: Mapped[str] = mapped_column(index=True)
    subject: Mapped[str]
    status: Mapped[str] = mapped_column(default="open")
    assigned_to_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"), index=True)
    dossier_id: Mapped[int | None] = mapped_column(ForeignKey("dossier.id"), index=True)
    last_message_at: Mapped[datetime] = mapped_column(default=now)
    answer_awaited_since: Mapped[datetime | None]
    answer_due_at: Mapped[datetime | None]
    first_answered_at: Mapped[datetime | None]
    first_answer_seconds: Mapped[int | None]
    closed_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    reopened_at: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id"), index=True)
    person: Mapped[Person] = relationship(lazy="joined")
    messages: Mapped[list[Message]] = relationship(order_by="Message.id", back_populates="conversation")


class Party(Model):
    """An address that takes part in a conversation, or asked to. `address` is in lower case; `role` see PartyRole.

    `added_by_id` is the staff member who said so, None when its own mail brought it here.
    """

    __tablename__ = "conversation_party"
    __table_args__ = (UniqueConstraint("conversation_id", "address"),)

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    address: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    role: Mapped[str]
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    since: Mapped[datetime] = mapped_column(default=now)


class Message(Dated, Model):
    """One message of a thread. `direction`: in, out. An `out` message is the staff member's text that a letter carries."""

    __tablename__ = "message"

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"), index=True)
    direction: Mapped[str]
    from_name: Mapped[str]
    from_address: Mapped[str]
    sender_verified: Mapped[bool] = mapped_column(default=False)
    known_party: Mapped[bool] = mapped_column(default=True)
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str | None]
    message_id: Mapped[str | None] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]
    automatic: Mapped[str | None]
    defects: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    raw_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    conversation: Mapped[Conversation] = relationship(back_populates="messages")
    attachments: Mapped[list[Attachment]] = relationship(order_by="Attachment.id")


class Attachment(Model):
    """One file of a message that did not become a dossier's document (see Document.message_id for those that did)."""

    __tablename__ = "attachment"

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), index=True)
    filename: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"), unique=True)
    file: Mapped[StoredFile] = relationship()
