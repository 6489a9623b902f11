"""Letters to the owner of a key and a certificate; each carries a personal link to the owner's page."""

from __future__ import annotations

from flask import current_app

from app.accounts.models import Account
from app.accounts.owner_link import OWNER
from app.letters.models import Letter
from app.letters.queue import queue_letter


def send_make_key(account: Account, *, automatic: bool = True) -> Letter:
    """After activation: where to make the key. Not `automatic` when somebody of the staff sends it."""
    return _send(account, "certificates/make_key", automatic)


def send_issued(account: Account, *, automatic: bool = True) -> Letter:
    """The certificate is there: where to see and download it. Not `automatic` when somebody of the staff sends it."""
    return _send(account, "certificates/issued", automatic)


def _send(account: Account, template: str, automatic: bool) -> Letter:
    return queue_letter(
        template,
        to=account.email,
        locale=account.locale,
        context={
            "name": account.subject["common_name"],
            "hours": current_app.extensions["desk_settings"].link_hours,
        },
        account_id=account.id,
        dossier_id=account.dossier_id,
        link=(OWNER, account.id),
        automatic=automatic,
    )
