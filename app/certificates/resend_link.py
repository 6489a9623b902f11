"""Send the owner's link again: by an agent from the account's page, or asked for on the public page."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from flask_babel import gettext

from app.accounts.lifecycle import ACTIVE
from app.accounts.models import Account
from app.accounts.owner_link import OWNER
from app.audit.record import record
from app.certificates.find import issued_certificate
from app.certificates.letters import send_issued, send_make_key
from app.kernel import limits, links
from app.kernel.actors import APPLICANT, Actor
from app.kernel.database import fetch, lock, use_case
from app.kernel.errors import Refused, TooMany
from app.kernel.permissions import Permission

HOUR = timedelta(hours=1)


def links_left(account: Account) -> int:
    """How many times an agent may send the owner's link again in this hour."""
    most: int = current_app.extensions["desk_settings"].activation_resends_per_hour
    return max(0, most - limits.count("owner-link", str(account.id), per=HOUR))


@use_case
def resend_owner_link(account_id: int, *, actor: Actor) -> Account:
    """Send a new link to the owner's page; earlier ones stop working. Raises Refused, TooMany, NotPermitted."""
    actor.must(Permission.ACTIVATION_RESEND)
    account = lock(Account, account_id)
    if account.status != ACTIVE:
        raise Refused(gettext("This account is not active: it needs the activation letter."))
    most: int = current_app.extensions["desk_settings"].activation_resends_per_hour
    if not limits.hit("owner-link", str(account.id), most=most, per=HOUR):
        raise TooMany(
            gettext("The letter was sent often enough in this hour. Please wait until the next full hour.")
        )
    links.revoke(OWNER, account.id)
    _send(account, actor)
    return account


def link_asked(*, account_id: int) -> None:
    """Handler: somebody asked on the public page, whose limits were kept; so links that work are not withdrawn."""
    _send(fetch(Account, account_id), APPLICANT)


def _send(account: Account, actor: Actor) -> None:
    record("account.resend_owner_link", actor=actor, subject=account, dossier_id=account.dossier_id)
    send = send_issued if issued_certificate(account.id) else send_make_key
    send(account, automatic=actor.kind != "staff")
