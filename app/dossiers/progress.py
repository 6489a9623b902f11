"""Move a dossier on by itself once everything is there, and back when something has been taken away."""

from __future__ import annotations

from app.dossiers import lifecycle
from app.dossiers.checklist import missing
from app.dossiers.models import Dossier
from app.kernel.actors import SYSTEM, Actor
from app.kernel.database import lock, use_case


@use_case
def progress(dossier_id: int) -> Dossier:
    """collecting → reviewing when every document is there and the phone number is known; else nothing changes."""
    dossier = lock(Dossier, dossier_id)
    if dossier.status == lifecycle.COLLECTING and not missing(dossier):
        return lifecycle.change(dossier_id, "complete", actor=SYSTEM)
    return dossier


@use_case
def recede(dossier_id: int, *, actor: Actor) -> Dossier:
    """Back to collecting when something needed has been taken away since; a booked call is cancelled by that.

    What awaits approval has been taken back to review before (see `touch` in evidence.py); a held one stays held.
    """
    dossier = lock(Dossier, dossier_id)
    if dossier.status in lifecycle.TRANSITIONS["lack_again"].was and missing(dossier):
        return lifecycle.change(dossier_id, "lack_again", actor=actor)
    return dossier
