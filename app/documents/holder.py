"""Whose dossier a document belongs to. Dossiers are a higher feature, so their table is read by its name."""

from __future__ import annotations

from sqlalchemy import select

from app.kernel.database import Model, db
from app.kernel.errors import NotFound


def lock_holder(dossier_id: int) -> str:
    """Hold the dossier's row until the use case ends and return its person's `key_owner`; NotFound without one.

    Whoever changes a dossier's documents holds that row first, so that two of them never act at once.
    """
    dossier, person = Model.metadata.tables["dossier"], Model.metadata.tables["person"]
    key_owner = db.session.execute(
        select(person.c.key_owner)
        .join(dossier, dossier.c.person_id == person.c.id)
        .where(dossier.c.id == dossier_id)
        .with_for_update(of=dossier, key_share=True)
    ).scalar_one_or_none()
    if key_owner is None:
        raise NotFound
    return str(key_owner)
