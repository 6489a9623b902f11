"""Find dossiers."""

from __future__ import annotations

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import aliased

from app.accounts.models import Person
from app.dossiers import lifecycle
from app.dossiers.models import Dossier
from app.kernel.database import db
from app.kernel.errors import NotFound


def by_reference(reference: str) -> Dossier:
    """The dossier with this reference, in any case of letters, or NotFound."""
    dossier = db.session.scalar(select(Dossier).where(Dossier.reference == reference.strip().upper()))
    if dossier is None:
        raise NotFound
    return dossier


def open_dossier_of(email: str) -> Dossier | None:
    """The newest dossier of an address that is not closed; an expired one counts, because mail opens it again.

    An address whose own dossier was merged into another one leads to that.
    """
    address = email.strip().lower()
    if not address:
        return None
    merged = aliased(Dossier)
    kept = select(merged.merged_into_id).where(merged.email == address, merged.merged_into_id.is_not(None))
    wanted = (
        select(Dossier)
        .where(
            or_(Dossier.email == address, Dossier.id.in_(kept)),
            Dossier.status.in_((*lifecycle.OPEN, lifecycle.EXPIRED)),
        )
        .order_by((Dossier.email == address).desc(), Dossier.id.desc())
        .limit(1)
    )
    return db.session.scalar(wanted)


def is_own_address(dossier: Dossier, address: str) -> bool:
    """Whether this is the applicant's own address: the dossier's, or that of one merged into it."""
    address = address.strip().lower()
    if not address:
        return False
    merged = exists().where(Dossier.merged_into_id == dossier.id, Dossier.email == address)
    return dossier.email == address or bool(db.session.scalar(select(merged)))


def exactly(terms: str, *, most: int = 8) -> list[Dossier]:
    """Dossiers with exactly this reference, address or applicant's name, in whatever case, newest first."""
    tidy = " ".join(terms.lower().split())
    if not tidy:
        return []
    name = func.concat_ws(" ", func.nullif(Dossier.given_names, ""), func.nullif(Dossier.surname, ""))
    turned = func.concat_ws(" ", func.nullif(Dossier.surname, ""), func.nullif(Dossier.given_names, ""))
    query = (
        select(Dossier)
        .join(Person, Person.id == Dossier.person_id)
        .where(
            or_(
                Dossier.reference == tidy.upper(),
                Dossier.email == tidy,
                *(func.lower(column) == tidy for column in (name, turned, Person.name)),
            )
        )
        .order_by(Dossier.id.desc())
        .limit(most)
    )
    return list(db.session.scalars(query))
