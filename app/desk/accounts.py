"""Accounts for staff: the list, the account's page, and its two buttons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext
from sqlalchemy import select

from app.accounts import lifecycle
from app.accounts.find import PAGE, VIEWS, accounts_of, by_reference
from app.accounts.forms import PressForm
from app.accounts.models import Account
from app.accounts.resend import resend
from app.certificates.lifecycle import LABELS
from app.certificates.models import Certificate
from app.certificates.resend_link import resend_owner_link
from app.desk.account import TONE_OF_ACCOUNT, context_of, kind_label, why_not
from app.dossiers.models import Dossier
from app.kernel.access import current_actor, permit
from app.kernel.back_office import DeskView
from app.kernel.database import db
from app.kernel.locale import age
from app.kernel.permissions import Permission
from app.kernel.web import told


class AccountsView(DeskView):
    """/desk/accounts"""

    permission = Permission.ACCOUNTS_READ

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Accounts of a view, newest first."""
        view = request.args.get("view", "waiting")
        before = request.args.get("before", type=int)
        found = accounts_of(view, before=None if before is None else min(before, 2**63 - 1))
        older = url_for(".index", view=view, before=found[PAGE - 1].id) if len(found) > PAGE else None
        tabs = [
            {"label": label, "url": url_for(".index", view=key), "active": key == view, "count": None}
            for key, (label, _status) in VIEWS.items()
        ]
        return self.render("accounts/list.html", views=tabs, rows=_rows(found[:PAGE]), older_url=older)

    @expose("/<reference>")
    def show(self, reference: str) -> ResponseReturnValue:
        """The account's page."""
        return self.render("accounts/account.html", **context_of(by_reference(reference)))

    @expose("/<reference>/resend", methods=["POST"])
    @permit(Permission.ACTIVATION_RESEND)
    def resend(self, reference: str) -> ResponseReturnValue:
        """Send the activation letter again."""
        PressForm().checked()
        account = resend(by_reference(reference).id, actor=current_actor())
        told(gettext("The activation letter is on its way. Earlier links no longer work."))
        return redirect(url_for(".show", reference=account.reference))

    @expose("/<reference>/owner-link", methods=["POST"])
    @permit(Permission.ACTIVATION_RESEND)
    def owner_link(self, reference: str) -> ResponseReturnValue:
        """Send the link to the owner's page again."""
        PressForm().checked()
        account = resend_owner_link(by_reference(reference).id, actor=current_actor())
        told(gettext("A new link to the owner's page is on its way. Earlier links no longer work."))
        return redirect(url_for(".show", reference=account.reference))


def _rows(accounts: Sequence[Account]) -> list[dict[str, Any]]:
    # Read at once, so that each row's gates find their dossier in the session.
    dossiers = db.session.scalars(
        select(Dossier).where(Dossier.id.in_([each.dossier_id for each in accounts]))
    ).all()
    certificates = _certificates(accounts)
    rows = [_row(account, certificates.get(account.id)) for account in accounts]
    del dossiers
    return rows


def _certificates(accounts: Sequence[Account]) -> dict[int, str]:
    """The newest certificate's state of each account."""
    found = db.session.execute(
        select(Certificate.account_id, Certificate.status)
        .where(Certificate.account_id.in_([each.id for each in accounts]))
        .order_by(Certificate.id)
    )
    return {account_id: str(LABELS[status]) for account_id, status in found}


def _row(account: Account, certificate: str | None) -> dict[str, Any]:
    return {
        "url": url_for("accounts.show", reference=account.reference),
        "reference": account.reference,
        "name": account.subject["common_name"],
        "address": account.email,
        "kind_label": kind_label(account),
        "state_label": lifecycle.LABELS[account.status],
        "tone": TONE_OF_ACCOUNT[account.status],
        "age": age(account.activated_at or account.created_at),
        "certificate": certificate,
        "blocked": why_not(account),
    }
