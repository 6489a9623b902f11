"""Conversations, who takes part in them, messages, attachments."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.kernel.clock import now
from app.kernel.database import Dated, Model
from app.vault.models import StoredFile

# Where an open conversation that waits for nothing sorts among those with a due time, in SQL and here.
NEVER_DUE = "'9999-12-31 00:00:00+00'::timestamptz"
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
_DUE_FIRST = (text(f"coalesce(answer_due_at, {NEVER_DUE})"), "id")
_NEWEST = ("last_message_at", "id")


class Conversation(Dated, Model):
    """A thread with one person. `address` opened it; parties.py says who else is answered.

    Status: open, snoozed (until `snoozed_until`, or until mail comes), answered, closed. Each view of the inbox has its index.
    When an answer is due is computed by service_level.py only, from the messages and the three moments `closed_at`,
    `acknowledged_at` (an automatic letter said all there was to say) and `reopened_at` (by hand). `first_answer_seconds`
    is working time. A merged one is closed, empty, and points by `merged_into_id` at the one that has its messages now.
    """

    __tablename__ = "conversation"
    __table_args__ = (
        CheckConstraint("status <> 'snoozed' OR snoozed_until IS NOT NULL", name="sleeps_until"),
        Index("ix_conversation_open", *_DUE_FIRST, postgresql_where="status = 'open'"),
        Index(
            "ix_conversation_unassigned",
            *_DUE_FIRST,
            postgresql_where="status = 'open' AND assigned_to_id IS NULL",
        ),
        Index("ix_conversation_mine", "assigned_to_id", *_DUE_FIRST, postgresql_where="status = 'open'"),
        Index("ix_conversation_snoozed", "snoozed_until", "id", postgresql_where="status = 'snoozed'"),
        Index("ix_conversation_answered", *_NEWEST, postgresql_where="status = 'answered'"),
        Index("ix_conversation_closed", *_NEWEST, postgresql_where="status = 'closed'"),
        Index("ix_conversation_all", *_NEWEST),
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
    snoozed_until: Mapped[datetime | None]
    close_reason: Mapped[str | None]
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


class Tag(Dated, Model):
    """One word of the desk's own small vocabulary; `name` is kept in lower case."""

    __tablename__ = "tag"

    name: Mapped[str] = mapped_column(unique=True)


class Tagging(Model):
    """That a conversation carries a tag."""

    __tablename__ = "tagging"
    __table_args__ = (
        UniqueConstraint("conversation_id", "tag_id"),
        Index("ix_tagging_tag", "tag_id", "conversation_id"),
    )

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    tag_id: Mapped[int] = mapped_column(ForeignKey("tag.id"))
    tag: Mapped[Tag] = relationship(lazy="joined")


class ConversationNote(Dated, Model):
    """What a colleague noted for colleagues; it never leaves the house."""

    __tablename__ = "conversation_note"

    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    author_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    text: Mapped[str]


class Mention(Model):
    """That somebody was called into a conversation, by which note last, and whether they have opened it since."""

    __tablename__ = "mention"
    __table_args__ = (
        UniqueConstraint("conversation_id", "staff_id"),
        Index("ix_mention_of", "staff_id", "mentioned_at", "conversation_id"),
        Index("ix_mention_unseen", "staff_id", postgresql_where="seen_at IS NULL"),
    )

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    note_id: Mapped[int] = mapped_column(ForeignKey("conversation_note.id", ondelete="CASCADE"))
    mentioned_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime | None]


class Draft(Model):
    """What a staff member has begun to answer. `version` grows with every change, so that two tabs notice each other."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("conversation_id", "staff_id"),)

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"), index=True)
    text: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime] = mapped_column(default=now)
    files: Mapped[list[DraftFile]] = relationship(
        order_by="DraftFile.id", cascade="all, delete-orphan", passive_deletes=True
    )


class DraftFile(Model):
    """A file that is to go with the answer, under the key of the conversation's person."""

    __tablename__ = "draft_file"

    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id", ondelete="CASCADE"), index=True)
    filename: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"), unique=True)
    file: Mapped[StoredFile] = relationship()
