"""The activation letter, from the address that the FAQ names."""

from __future__ import annotations

from flask import current_app

from app.accounts.models import Account
from app.kernel import links
from app.letters.models import Letter
from app.letters.queue import queue_letter

ACTIVATE = "activate"


def send_activation(account: Account, *, automatic: bool = True) -> Letter:
    """Withdraw earlier links and queue the letter with a new one; the token is made when the letter is sent.

    `automatic` is False for a letter that somebody of the staff sends: the brake on automatic ones, which strangers can
    set off, does not hold it back.
    """
    settings = current_app.extensions["desk_settings"]
    links.revoke(ACTIVATE, account.id)
    return queue_letter(
        "accounts/activation",
        to=account.email,
        locale=account.locale,
        sender=settings.activation_sender,
        context={
            "name": account.subject["common_name"],
            "hours": settings.link_hours,
            "resend_url": f"{settings.public_url}/register/activate",
        },
        account_id=account.id,
        dossier_id=account.dossier_id,
        link=(ACTIVATE, account.id),
        automatic=automatic,
    )
