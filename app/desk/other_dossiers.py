"""The other dossier that a document is moved to, or that is merged: searched for exactly, and shown in a line."""

from __future__ import annotations

from typing import Any

from flask import url_for

from app.dossiers import lifecycle
from app.dossiers.find import exactly
from app.dossiers.models import Dossier

LONGEST_QUERY = 200


def others(dossier: Dossier, query: str) -> list[Dossier]:
    """Dossiers that have exactly this reference, name or address, but for the one itself."""
    return [one for one in exactly(query[:LONGEST_QUERY]) if one.id != dossier.id]


def line(dossier: Dossier) -> dict[str, Any]:
    """What tells a dossier from another; `takes` says whether papers may still come to it."""
    return {
        "reference": dossier.reference,
        "applicant": dossier.applicant,
        "address": dossier.email,
        "company": dossier.company,
        "state_label": lifecycle.LABELS[dossier.status],
        "tone": lifecycle.TONES[dossier.status],
        "takes": dossier.status in lifecycle.TAKES_PAPERS,
        "url": url_for("workbench.show", reference=dossier.reference),
    }
