"""Open the account that an approval allows, and send its activation letter."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.accounts.letters import send_activation
from app.accounts.models import Account, Person
from app.audit.record import record
from app.kernel.actors import Actor
from app.kernel.database import db, use_case
from app.kernel.permissions import Permission
from app.kernel.tokens import reference


@use_case
def open_account(
    *,
    person: Person,
    dossier_id: int,
    email: str,
    phone: str | None,
    company: str,
    locale: str,
    subject: dict[str, Any],
    actor: Actor,
) -> Account:
    """Open a foreigner's account on the approved certificate subject; with one open for this dossier, renew its subject."""
    actor.must(Permission.APPROVALS_DECIDE)
    account = db.session.scalar(
        select(Account).where(Account.dossier_id == dossier_id).with_for_update(of=Account, key_share=True)
    )
    if account:
        account.subject, account.locale = subject, locale
        record("account.renew_subject", actor=actor, subject=account, dossier_id=dossier_id)
        return account
    account = Account(
        reference=reference("A", 6),
        person_id=person.id,
        dossier_id=dossier_id,
        kind="foreigner",
        email=email,
        phone=phone,
        company=company or None,
        locale=locale,
        subject=subject,
    )
    db.session.add(account)
    record("account.open", actor=actor, subject=account, dossier_id=dossier_id)
    send_activation(account)
    return account
