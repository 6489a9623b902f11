"""Dossiers, their makers, their notes."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.documents.models import Document
from app.kernel.clock import now
from app.kernel.database import Dated, Model
from app.staff.models import StaffMember


class Dossier(Dated, Model):
    """One foreigner's enrolment. `status` is written by lifecycle.py only; `email` is the only address links go to.

    `email` is "" while the applicant's own address is not known, as when somebody else sent the papers: then nobody gets
    a letter about it. A merged one points by `merged_into_id` at the dossier that was kept.

    The applicant's data are what an agent read from the documents and confirmed; they become the certificate's subject.
    Countries are ISO 3166 alpha-3 as in the passport's machine readable zone (ICAO 9303).
    """

    __tablename__ = "dossier"
    __table_args__ = (
        Index(
            "ix_dossier_open",
            "status",
            "status_since",
            "id",
            postgresql_where="status NOT IN ('issued', 'rejected', 'withdrawn', 'expired', 'merged')",
        ),
        # The list of all, newest first, costs the same however many there are.
        Index("ix_dossier_since", "status_since", "id"),
        CheckConstraint("(status = 'merged') = (merged_into_id IS NOT NULL)", name="merged"),
    )

    reference: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    status: Mapped[str] = mapped_column(default="collecting")
    status_since: Mapped[datetime] = mapped_column(default=now)
    assigned_to_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"), index=True)
    email: Mapped[str] = mapped_column(index=True)
    phone: Mapped[str | None]
    locale: Mapped[str] = mapped_column(default="en")
    surname: Mapped[str] = mapped_column(default="")
    given_names: Mapped[str] = mapped_column(default="")
    passport_number: Mapped[str] = mapped_column(default="")
    passport_country: Mapped[str] = mapped_column(default="")
    nationality: Mapped[str] = mapped_column(default="")
    birth_date: Mapped[date | None]
    passport_expires_on: Mapped[date | None]
    kitas_number: Mapped[str] = mapped_column(default="")
    kitas_expires_on: Mapped[date | None]
    company: Mapped[str] = mapped_column(default="")
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("dossier.id"), index=True)
    person: Mapped[Person] = relationship(lazy="joined")
    assigned_to: Mapped[StaffMember | None] = relationship(foreign_keys=[assigned_to_id], lazy="joined")
    documents: Mapped[list[Document]] = relationship(order_by="Document.id")

    @property
    def applicant(self) -> str:
        """The name as reviewed, or as the sender wrote it."""
        return " ".join(part for part in (self.given_names, self.surname) if part) or self.person.name


class DossierMaker(Dated, Model):
    """Who took part in making a dossier, as reviewer, caller, editor or submitter; none of them may approve it."""

    __tablename__ = "dossier_maker"
    __table_args__ = (UniqueConstraint("dossier_id", "staff_id", "part"),)

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"), index=True)
    part: Mapped[str]
    staff: Mapped[StaffMember] = relationship(lazy="joined")


class Note(Dated, Model):
    """An internal note on a dossier; never shown to the applicant."""

    __tablename__ = "note"

    dossier_id: Mapped[int] = mapped_column(ForeignKey("dossier.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    text: Mapped[str]
    author: Mapped[StaffMember] = relationship(lazy="joined")
