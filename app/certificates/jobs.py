"""Jobs of certificates, and the events that may open the last gate."""

from __future__ import annotations

from sqlalchemy import select

from app.accounts.models import Account
from app.certificates.issue import issue
from app.certificates.lapse import lapse_approvals
from app.certificates.letters import send_make_key
from app.kernel.database import db, fetch
from app.kernel.jobs import job, periodic


@job("certificates.issue", retries=8)
def issue_certificate(account_id: int) -> None:
    """Issue if every gate is open; done again after a crash without harm."""
    issue(account_id)


def account_activated(*, account_id: int) -> None:
    """Handler: the owner is told where to make the key, and the gates are tried."""
    send_make_key(fetch(Account, account_id))
    issue_certificate.defer(account_id=account_id)


def dossier_approved(*, dossier_id: int, staff_id: int) -> None:
    """Handler: an approval may be the last gate, when an earlier one had lapsed."""
    account_id = db.session.scalar(select(Account.id).where(Account.dossier_id == dossier_id))
    if account_id:
        issue_certificate.defer(account_id=account_id)


@periodic("certificates.lapse", "17 * * * *")
def lapse() -> None:
    """Every hour: approvals that led to no certificate in time."""
    lapse_approvals()
