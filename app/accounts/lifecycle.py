"""All status changes of an account, by compare-and-set."""

from __future__ import annotations

from flask_babel import lazy_gettext

from app.accounts.models import Account
from app.kernel.clock import now
from app.kernel.database import change_status

AWAITING_ACTIVATION = "awaiting_activation"
ACTIVE = "active"
CLOSED = "closed"

LABELS = {
    AWAITING_ACTIVATION: lazy_gettext("Awaiting activation"),
    ACTIVE: lazy_gettext("Active"),
    CLOSED: lazy_gettext("Closed"),
}


def activate(account_id: int) -> bool:
    """awaiting_activation → active; False when it was no longer waiting."""
    return change_status(Account, account_id, was=AWAITING_ACTIVATION, becomes=ACTIVE, activated_at=now())


def close(account_id: int) -> bool:
    """awaiting_activation or active → closed; False when it was closed already."""
    return change_status(Account, account_id, was=(AWAITING_ACTIVATION, ACTIVE), becomes=CLOSED)
