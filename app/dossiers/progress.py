"""Move a dossier on by itself once the applicant has sent everything."""

from __future__ import annotations

from app.dossiers import lifecycle
from app.dossiers.checklist import missing
from app.dossiers.models import Dossier
from app.kernel.actors import SYSTEM
from app.kernel.database import lock, use_case


@use_case
def progress(dossier_id: int) -> Dossier:
    """collecting → reviewing when every document is there and the phone number is known; else nothing changes."""
    dossier = lock(Dossier, dossier_id)
    if dossier.status == lifecycle.COLLECTING and not missing(dossier):
        return lifecycle.change(dossier_id, "complete", actor=SYSTEM)
    return dossier
