"""An approval that led to no certificate within APPROVAL_VALID_DAYS lapses: the dossier waits for a supervisor again."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from sqlalchemy import exists, select

from app.approvals.models import ApprovalRequest
from app.certificates.find import approval_of
from app.certificates.models import Certificate
from app.dossiers import lifecycle as dossier_lifecycle
from app.dossiers.models import Dossier
from app.kernel.actors import SYSTEM
from app.kernel.clock import now
from app.kernel.database import db, lock, use_case


def lapse_approvals() -> int:
    """Let every approval lapse that is too old, one dossier a transaction; how many did."""
    candidates = select(Dossier.id).where(
        Dossier.status == dossier_lifecycle.APPROVED, Dossier.status_since < now() - _valid()
    )
    return sum(_lapse(dossier_id) for dossier_id in db.session.scalars(candidates).all())


@use_case
def _lapse(dossier_id: int) -> bool:
    """Looked at again under the dossier's lock; one whose certificate is being made is left to that."""
    dossier = lock(Dossier, dossier_id)
    approval = approval_of(dossier_id)
    if dossier.status != dossier_lifecycle.APPROVED or approval is None or approval.decided_at is None:
        return False
    if approval.decided_at > now() - _valid() or _certificate_made(approval):
        return False
    dossier_lifecycle.change(dossier_id, "lapse", actor=SYSTEM)
    return True


def _certificate_made(approval: ApprovalRequest) -> bool:
    return bool(db.session.scalar(select(exists().where(Certificate.approval_request_id == approval.id))))


def _valid() -> timedelta:
    return timedelta(days=current_app.extensions["desk_settings"].approval_valid_days)
