"""The activation letter, from the address that the FAQ names."""

from __future__ import annotations

from flask import current_app

from app.accounts.models import Account
from app.kernel import links
from app.letters.models import Letter
from app.letters.queue import queue_letter

ACTIVATE = "activate"


def send_activation(account: Account) -> Letter:
    """Withdraw earlier links and queue the letter with a new one; the token is made when the letter is sent."""
    settings = current_app.extensions["desk_settings"]
    links.revoke(ACTIVATE, account.id)
    return queue_letter(
        "accounts/activation",
        to=account.email,
        locale=account.person.locale,
        sender=settings.activation_sender,
        context={
            "name": account.subject["common_name"],
            "hours": settings.link_hours,
            "resend_url": f"{settings.public_url}/register/activate",
        },
        account_id=account.id,
        dossier_id=account.dossier_id,
        link=(ACTIVATE, account.id),
        automatic=True,
    )
