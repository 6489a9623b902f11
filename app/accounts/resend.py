"""Send the activation letter again: by an agent from the account's page, or asked for on the public page."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from flask_babel import gettext
from sqlalchemy import select

from app.accounts import lifecycle
from app.accounts.letters import send_activation
from app.accounts.models import Account
from app.audit.record import record
from app.kernel import events, limits
from app.kernel.actors import APPLICANT, Actor
from app.kernel.database import db, lock, use_case
from app.kernel.errors import Refused, TooMany
from app.kernel.jobs import job
from app.kernel.permissions import Permission

HOUR = timedelta(hours=1)
# Counted apart, so that a stranger who knows an address cannot use up what the staff may send there.
BY_STAFF, ASKED = "activation-by-staff", "activation-asked"
# The job's argument where no account has the address that somebody typed.
NOBODY = 0


def resends_left(account: Account) -> int:
    """How many times the staff may send the letter again in this hour, to show beside the button."""
    return max(0, _most() - limits.count(BY_STAFF, str(account.id), per=HOUR))


@use_case
def resend(account_id: int, *, actor: Actor) -> Account:
    """Send the letter again with a new link; the old one stops working. Raises Refused, TooMany, NotPermitted."""
    actor.must(Permission.ACTIVATION_RESEND)
    account = lock(Account, account_id)
    if account.status != lifecycle.AWAITING_ACTIVATION:
        raise Refused(gettext("This account needs no activation."))
    if not limits.hit(BY_STAFF, str(account.id), most=_most(), per=HOUR):
        raise TooMany(
            gettext("The letter was sent often enough in this hour. Please wait until the next full hour.")
        )
    record("account.resend_activation", actor=actor, subject=account, dossier_id=account.dossier_id)
    send_activation(account, automatic=False)
    return account


@use_case
def ask_resend(email: str, *, network: str) -> None:
    """The applicant's own wish. Does the same work for every address, known or not, and the caller answers the same.

    `network` is the caller's address block; its limit raises TooMany for everybody alike, before anything is looked up.
    The letter itself is a job's business: its time would tell who has an account.
    """
    settings = current_app.extensions["desk_settings"]
    if not limits.hit(
        "activation-network", network, most=settings.activation_resends_per_network_hour, per=HOUR
    ):
        raise TooMany
    address = email.strip().lower()
    within = limits.hit(ASKED, address, most=_most(), per=HOUR)
    account_id = db.session.scalar(
        select(Account.id)
        .where(
            Account.email == address, Account.status.in_((lifecycle.AWAITING_ACTIVATION, lifecycle.ACTIVE))
        )
        .order_by(Account.id.desc())
        .limit(1)
    )
    send_asked_link.defer(account_id=account_id if account_id and within else NOBODY)


@job("accounts.send_asked_link", retries=3)
@use_case
def send_asked_link(account_id: int) -> None:
    """Send the link that this account needs next; for NOBODY nothing. Emits account.link_asked when it is active."""
    if account_id == NOBODY:
        return
    account = lock(Account, account_id)
    if account.status == lifecycle.AWAITING_ACTIVATION:
        record("account.ask_activation", actor=APPLICANT, subject=account, dossier_id=account.dossier_id)
        send_activation(account)
    elif account.status == lifecycle.ACTIVE:
        events.emit("account.link_asked", account_id=account.id)


def _most() -> int:
    most: int = current_app.extensions["desk_settings"].activation_resends_per_hour
    return most
