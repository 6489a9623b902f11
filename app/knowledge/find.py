"""Look macros up."""

from __future__ import annotations

from sqlalchemy import select

from app.kernel.database import db
from app.knowledge.lifecycle import ACTIVE
from app.knowledge.models import Macro

MOST = 300


def active_macros() -> list[Macro]:
    """Macros that can be inserted, those used most first."""
    query = select(Macro).where(Macro.status == ACTIVE).order_by(Macro.uses.desc(), Macro.title, Macro.id)
    return list(db.session.scalars(query.limit(MOST)))


def every_macro() -> list[Macro]:
    """Every macro, those in use first, by title."""
    query = select(Macro).order_by(Macro.status, Macro.title, Macro.id)
    return list(db.session.scalars(query.limit(2 * MOST)))
