"""Find accounts."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext
from sqlalchemy import select

from app.accounts import lifecycle
from app.accounts.models import Account
from app.kernel.database import db, fetch
from app.kernel.errors import NotFound
from app.kernel.links import LinkUnusable

PAGE = 50
VIEWS = {
    "waiting": (lazy_gettext("Awaiting activation"), lifecycle.AWAITING_ACTIVATION),
    "active": (lazy_gettext("Active"), lifecycle.ACTIVE),
    "all": (lazy_gettext("All"), None),
}


def by_reference(reference: str) -> Account:
    """The account with this reference, in any case of letters, or NotFound."""
    account = db.session.scalar(select(Account).where(Account.reference == reference.strip().upper()))
    if account is None:
        raise NotFound
    return account


def of_link(account_id: int) -> Account:
    """The account that a link is for, or LinkUnusable: a letter sent late must not open a closed one."""
    account = fetch(Account, account_id)
    if account.status == lifecycle.CLOSED:
        raise LinkUnusable
    return account


def accounts_of(view: str, *, before: int | None) -> Sequence[Account]:
    """Up to PAGE + 1 accounts of a view, newest first, older than the id `before`; NotFound for no such view."""
    if view not in VIEWS:
        raise NotFound
    status = VIEWS[view][1]
    wanted = select(Account).order_by(Account.id.desc()).limit(PAGE + 1)
    if status is not None:
        wanted = wanted.where(Account.status == status)
    if before is not None:
        wanted = wanted.where(Account.id < before)
    return db.session.scalars(wanted).all()
