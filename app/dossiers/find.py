"""Find dossiers."""

from __future__ import annotations

from sqlalchemy import select

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
    """The newest dossier of an address that is not closed; an expired one counts, because mail opens it again."""
    wanted = (
        select(Dossier)
        .where(
            Dossier.email == email.strip().lower(), Dossier.status.in_((*lifecycle.OPEN, lifecycle.EXPIRED))
        )
        .order_by(Dossier.id.desc())
        .limit(1)
    )
    return db.session.scalar(wanted)
