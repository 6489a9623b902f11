"""Key requests, certificates and approvals of an account."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.approvals.lifecycle import APPROVED
from app.approvals.models import ApprovalRequest
from app.certificates.lifecycle import ISSUED
from app.certificates.models import Certificate, KeyRequest
from app.kernel.database import db


def open_key(account_id: int) -> KeyRequest | None:
    """The key that waits to be certified; there is at most one."""
    return db.session.scalar(
        select(KeyRequest).where(KeyRequest.account_id == account_id, KeyRequest.status == "open")
    )


def approval_of(dossier_id: int) -> ApprovalRequest | None:
    """The newest approval of a dossier."""
    return db.session.scalar(
        select(ApprovalRequest)
        .where(ApprovalRequest.dossier_id == dossier_id, ApprovalRequest.status == APPROVED)
        .order_by(ApprovalRequest.id.desc())
        .limit(1)
    )


def certificates_of(account_id: int) -> Sequence[Certificate]:
    """Every certificate of an account, newest first."""
    return db.session.scalars(
        select(Certificate).where(Certificate.account_id == account_id).order_by(Certificate.id.desc())
    ).all()


def issued_certificate(account_id: int) -> Certificate | None:
    """The newest issued certificate of an account."""
    return next((found for found in certificates_of(account_id) if found.status == ISSUED), None)
