"""Void a pending request when the dossier leaves by another door than the supervisor's decision."""

from __future__ import annotations

from app.approvals import lifecycle
from app.approvals.submit import pending_request
from app.audit.record import record
from app.kernel.actors import SYSTEM, Actor


def dossier_left(*, dossier_id: int, staff_id: int) -> None:
    """Handler: evidence changed, asked again, held, withdrawn …; whatever was reviewed no longer holds."""
    request = pending_request(dossier_id)
    if request:
        lifecycle.leave_pending(request.id, lifecycle.VOID, void_reason="evidence_changed")
        actor = Actor("staff", staff_id) if staff_id else SYSTEM
        record("approval.void", actor=actor, subject=request, dossier_id=dossier_id)
