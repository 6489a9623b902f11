"""Documents, their page pictures, and what checks noticed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.database import Dated, Model
from app.vault.models import StoredFile


class Document(Dated, Model):
    """One file of a dossier. `status`: undecided, accepted, refused, withdrawn (made inactive, never deleted).

    `pictures`: pending, ready, none (the finding says why). `source`: mail, or a key of labels.CHANNELS.
    `reasons` holds codes of the refusal.
    """

    __tablename__ = "document"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), index=True)
    kind: Mapped[str]
    kind_reason: Mapped[str]
    filename: Mapped[str]
    media_type: Mapped[str]
    source: Mapped[str]
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"), unique=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), index=True)
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    status: Mapped[str] = mapped_column(default="undecided")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    decided_at: Mapped[datetime | None]
    reasons: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    pictures: Mapped[str] = mapped_column(default="pending")
    file: Mapped[StoredFile] = relationship()
    pages: Mapped[list[DocumentPage]] = relationship(
        order_by="DocumentPage.number", back_populates="document"
    )
    findings: Mapped[list[Finding]] = relationship(order_by="Finding.id")


class DocumentPage(Model):
    """Safe pixels of one page: a full picture and a thumbnail, both in the vault. Sizes in pixels of the full picture."""

    __tablename__ = "document_page"
    __table_args__ = (UniqueConstraint("document_id", "number"),)

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    number: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    full_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    thumbnail_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    document: Mapped[Document] = relationship(back_populates="pages")
    full: Mapped[StoredFile] = relationship(foreign_keys=[full_id])
    thumbnail: Mapped[StoredFile] = relationship(foreign_keys=[thumbnail_id])


class Finding(Dated, Model):
    """Something a check noticed about a document. `severity`: info, warn, block; the sentence belongs to the code."""

    __tablename__ = "finding"

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)
    code: Mapped[str]
    severity: Mapped[str]
