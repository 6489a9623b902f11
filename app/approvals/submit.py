"""Put a dossier before the supervisors."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from flask_babel import gettext
from sqlalchemy import select

from app.approvals import lifecycle
from app.approvals.models import ApprovalRequest
from app.approvals.snapshot import digest_of, snapshot_of
from app.audit.record import record
from app.dossiers import lifecycle as dossier_lifecycle
from app.dossiers.makers import add_maker
from app.dossiers.models import Dossier
from app.kernel.actors import Actor
from app.kernel.clock import now
from app.kernel.database import db, lock, use_case
from app.kernel.errors import Refused, Stale
from app.kernel.permissions import Permission


def pending_request(dossier_id: int) -> ApprovalRequest | None:
    """The request that waits for a decision on this dossier; there is at most one."""
    return db.session.scalar(
        select(ApprovalRequest).where(
            ApprovalRequest.dossier_id == dossier_id, ApprovalRequest.status == lifecycle.PENDING
        )
    )


def awaiting_approval(*, dossier_id: int, staff_id: int) -> None:
    """Handler: the identity was confirmed, or a dossier sent back was accepted again."""
    _submit(dossier_id, Actor("staff", staff_id))


@use_case
def submit_again(dossier_id: int, *, actor: Actor) -> ApprovalRequest:
    """Renew a request that has expired, on the evidence as it is now. Raises Refused while one is still good."""
    actor.must(Permission.DOSSIERS_REVIEW)
    dossier = lock(Dossier, dossier_id)
    if dossier.status != dossier_lifecycle.AWAITING_APPROVAL:
        raise Stale
    old = pending_request(dossier_id)
    if old and old.expires_at > now():
        raise Refused(gettext("This dossier is already waiting for a supervisor."))
    if old:
        old = lifecycle.leave_pending(old.id, lifecycle.VOID, void_reason="expired")
        record(
            "approval.void", actor=actor, subject=old, dossier_id=dossier_id, details={"because": "expired"}
        )
    return _submit(dossier_id, actor)


def _submit(dossier_id: int, actor: Actor) -> ApprovalRequest:
    dossier = lock(Dossier, dossier_id)
    add_maker(dossier_id, actor=actor, part="submitter")
    snapshot = snapshot_of(dossier)
    request = ApprovalRequest(
        dossier_id=dossier_id,
        submitted_by_id=actor.staff_id,
        snapshot=snapshot,
        digest=digest_of(snapshot),
        expires_at=now() + timedelta(days=current_app.extensions["desk_settings"].approval_valid_days),
    )
    db.session.add(request)
    record(
        "approval.submit",
        actor=actor,
        subject=request,
        dossier_id=dossier_id,
        details={"digest": request.digest.hex()},
    )
    return request
