"""The applicant activates the account with the link of the letter; opening the page changes nothing."""

from __future__ import annotations

from app.accounts import lifecycle
from app.accounts.find import of_link
from app.accounts.letters import ACTIVATE
from app.accounts.models import Account
from app.audit.record import record
from app.kernel import events, links
from app.kernel.actors import APPLICANT
from app.kernel.database import use_case
from app.kernel.errors import Refused


@use_case
def activate(token: str) -> Account:
    """Use the link up and activate its account; emits account.activated (account_id). Raises LinkUnusable, Refused."""
    account = of_link(links.use(ACTIVATE, token))
    if not lifecycle.activate(account.id):
        raise Refused
    record("account.activate", actor=APPLICANT, subject=account, dossier_id=account.dossier_id)
    events.emit("account.activated", account_id=account.id)
    return account


@use_case
def look(token: str) -> Account:
    """The account this link is for, with a note that the link was opened; nothing else changes. Raises LinkUnusable."""
    return of_link(links.opened(ACTIVATE, token).subject_id)
