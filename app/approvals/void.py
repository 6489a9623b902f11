"""Void a pending request when the dossier leaves by another door than the supervisor's decision."""

from __future__ import annotations

from flask_babel import lazy_gettext

from app.approvals import lifecycle
from app.approvals.submit import pending_request
from app.audit.record import record
from app.kernel.actors import SYSTEM, Actor

EVIDENCE_CHANGED = "evidence_changed"
DOSSIER_LEFT = "dossier_left"
EXPIRED = "expired"

SENTENCES = {
    EVIDENCE_CHANGED: lazy_gettext("This request is void: the evidence changed after it was submitted."),
    DOSSIER_LEFT: lazy_gettext("This request is void: the dossier was asked for again, held or closed."),
    EXPIRED: lazy_gettext("This request is void: it expired and was submitted anew."),
}


def evidence_changed(*, dossier_id: int, staff_id: int) -> None:
    """Handler: a document, a decision or the applicant's data changed, so what was reviewed no longer holds."""
    _void(dossier_id, staff_id, EVIDENCE_CHANGED)


def dossier_left(*, dossier_id: int, staff_id: int) -> None:
    """Handler: asked again, held, rejected, withdrawn or expired."""
    _void(dossier_id, staff_id, DOSSIER_LEFT)


def _void(dossier_id: int, staff_id: int, why: str) -> None:
    request = pending_request(dossier_id)
    if request:
        request = lifecycle.leave_pending(request.id, lifecycle.VOID, void_reason=why)
        actor = Actor("staff", staff_id) if staff_id else SYSTEM
        record("approval.void", actor=actor, subject=request, dossier_id=dossier_id, details={"because": why})
