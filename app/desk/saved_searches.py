"""Searches are kept, so that their results have addresses that name nobody."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import delete, select

from app.desk.models import SavedSearch
from app.desk.search_filters import Filters, stored
from app.kernel.actors import Actor
from app.kernel.clock import now
from app.kernel.database import db, use_case
from app.kernel.errors import NotFound

LONGEST = 200
KEPT_DAYS = 30


@use_case
def save_search(terms: str, *, filters: Filters | None = None, actor: Actor) -> str:
    """Keep what this person searches for; returns the opaque code of its address. Their searches of long ago go."""
    code = secrets.token_urlsafe(12)
    old = SavedSearch.created_at < now() - timedelta(days=KEPT_DAYS)
    db.session.execute(delete(SavedSearch).where(SavedSearch.staff_id == actor.staff_id, old))
    kept = (filters or Filters()).kept()
    db.session.add(
        SavedSearch(code=code, staff_id=actor.staff_id, terms=terms.strip()[:LONGEST], filters=kept)
    )
    return code


def saved_search(code: str, *, actor: Actor) -> tuple[str, Filters]:
    """What was searched for, and its filters, only for who searched it; NotFound for everybody else."""
    found = db.session.execute(
        select(SavedSearch.terms, SavedSearch.filters).where(
            SavedSearch.code == code, SavedSearch.staff_id == actor.id
        )
    ).one_or_none()
    if found is None:
        raise NotFound
    return found.terms, stored(found.filters)
