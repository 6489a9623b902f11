"""Close the account of a dossier that was rejected or withdrawn after an approval; its links stop working at once."""

from __future__ import annotations

from sqlalchemy import select

from app.accounts import lifecycle
from app.accounts.letters import ACTIVATE
from app.accounts.models import Account
from app.accounts.owner_link import OWNER
from app.audit.record import record
from app.kernel import links
from app.kernel.actors import SYSTEM, Actor
from app.kernel.database import db, lock, use_case


def dossier_closed(*, dossier_id: int, staff_id: int) -> None:
    """Handler: rejected or withdrawn; a dossier that was never approved has no account."""
    account_id = db.session.scalar(select(Account.id).where(Account.dossier_id == dossier_id))
    if account_id:
        close_account(account_id, actor=Actor("staff", staff_id) if staff_id else SYSTEM)


@use_case
def close_account(account_id: int, *, actor: Actor) -> None:
    """Close it for good and withdraw every link; done again it changes nothing. Nobody but the handler above decides this."""
    account = lock(Account, account_id)
    if not lifecycle.close(account_id):
        return
    for purpose in (ACTIVATE, OWNER):
        links.revoke(purpose, account_id)
    record("account.close", actor=actor, subject=account, dossier_id=account.dossier_id)
