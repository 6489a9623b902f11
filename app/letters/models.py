"""Letters and what became of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.clock import now
from app.kernel.database import Dated, Model
from app.vault.models import StoredFile


class Letter(Dated, Model):
    """Something we send by e-mail.

    States: queued, sending, sent, bounced, uncertain (a crash after the hand-over), failed, withdrawn.

    A letter with `due_at` does not leave before that moment, and may be withdrawn until it leaves.
    `text` and `html` hold a placeholder where a personal link goes: the token is made when it is sent and never stored.
    """

    __tablename__ = "letter"
    __table_args__ = (
        Index(
            "ix_letter_unfinished",
            "id",
            postgresql_where="status IN ('queued', 'sending', 'uncertain', 'failed', 'bounced')",
        ),
        Index("ix_letter_delayed", "due_at", postgresql_where="status = 'queued' AND due_at IS NOT NULL"),
    )

    kind: Mapped[str]
    status: Mapped[str] = mapped_column(default="queued")
    sender: Mapped[str]
    to_address: Mapped[str]
    locale: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str | None]
    calendar: Mapped[str | None]
    calendar_method: Mapped[str | None]
    message_id: Mapped[str] = mapped_column(unique=True)
    in_reply_to: Mapped[str | None]
    references: Mapped[str | None]
    automatic: Mapped[bool] = mapped_column(default=False)
    link_purpose: Mapped[str | None]
    link_subject_id: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(default=0)
    server_answer: Mapped[str | None]
    problem: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id"), index=True)
    dossier_id: Mapped[int | None] = mapped_column(ForeignKey("dossier.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    files: Mapped[list[LetterFile]] = relationship(order_by="LetterFile.id")


class LetterEvent(Model):
    """One step of a letter's delivery, never changed: the state it reached (or delayed, delivered), when, what was said.

    `said` is the mail server's answer as the letter's row keeps it, or the code of a problem; no words of a person.
    """

    __tablename__ = "letter_event"

    letter_id: Mapped[int] = mapped_column(ForeignKey("letter.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(default=now)
    what: Mapped[str]
    said: Mapped[str | None]


class LetterFile(Model):
    """A file that goes with a letter, kept under its owner's key as long as the letter is."""

    __tablename__ = "letter_file"

    letter_id: Mapped[int] = mapped_column(ForeignKey("letter.id", ondelete="CASCADE"), index=True)
    filename: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"), unique=True)
    file: Mapped[StoredFile] = relationship()
