"""Write an internal note."""

from __future__ import annotations

from flask_babel import lazy_gettext

from app.audit.record import record
from app.dossiers.models import Dossier, Note
from app.kernel.actors import Actor
from app.kernel.database import db, fetch, use_case
from app.kernel.errors import InvalidInput
from app.kernel.forms import clean
from app.kernel.permissions import Permission

LONGEST = 5000


@use_case
def add_note(dossier_id: int, *, text: str, actor: Actor) -> Note:
    """Keep a note (1 to 5000 characters) on a dossier; the applicant never sees it."""
    actor.must(Permission.DOSSIERS_REVIEW)
    dossier = fetch(Dossier, dossier_id)
    tidy = clean(text)
    if not 0 < len(tidy) <= LONGEST:
        raise InvalidInput(lazy_gettext("Please write a note of up to 5000 characters."))
    note = Note(dossier_id=dossier.id, author_id=actor.staff_id, text=tidy)
    db.session.add(note)
    record("dossier.note", actor=actor, subject=note, dossier_id=dossier.id)
    return note
