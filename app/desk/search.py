"""Find a dossier, an account or a conversation by exact reference, name, e-mail, phone, number.

What was searched for is stored and its result has an opaque address: no name or number in a URL, a log or a history.
"""

from __future__ import annotations

import secrets
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, or_, select

from app.accounts.lifecycle import LABELS as ACCOUNT_LABELS
from app.accounts.models import Account, Person
from app.certificates.models import Certificate
from app.conversations.models import Conversation, Party
from app.desk.models import SavedSearch
from app.desk.verified import senders_verified
from app.dossiers.applicant import phone_number
from app.dossiers.lifecycle import LABELS, TONES
from app.dossiers.models import Dossier
from app.kernel.access import current_actor, may
from app.kernel.actors import Actor
from app.kernel.back_office import DeskView
from app.kernel.database import db, use_case
from app.kernel.errors import InvalidInput, NotFound
from app.kernel.forms import CONTROL, clean
from app.kernel.permissions import Permission

LONGEST = 200
MOST = 50
Row = dict[str, Any]


@use_case
def save_search(terms: str, *, actor: Actor) -> str:
    """Keep what this person searches for; returns the opaque code of its address."""
    code = secrets.token_urlsafe(12)
    db.session.add(SavedSearch(code=code, staff_id=actor.staff_id, terms=terms.strip()[:LONGEST]))
    return code


def saved_search(code: str, *, actor: Actor) -> str:
    """What was searched for, only for who searched it; NotFound for everybody else."""
    found = db.session.scalar(
        select(SavedSearch.terms).where(SavedSearch.code == code, SavedSearch.staff_id == actor.id)
    )
    if found is None:
        raise NotFound
    return found


class SearchView(DeskView):
    """/desk/search"""

    permission = Permission.DOSSIERS_READ

    @expose("/", methods=["GET", "POST"])
    def index(self) -> ResponseReturnValue:
        """Store the terms and go to the result; with one hit, go to the thing itself."""
        terms = CONTROL.sub("", clean(request.form.get("query"))).strip()
        if request.method == "GET" or not terms:
            return self.render("desk/search.html", search_query="", groups=[])
        groups = _groups(terms)
        hits = [row for group in groups for row in group["rows"]]
        if len(hits) == 1:
            return redirect(hits[0]["url"])
        return redirect(url_for(".result", code=save_search(terms, actor=current_actor())))

    @expose("/<code>")
    def result(self, code: str) -> ResponseReturnValue:
        """The hits of a saved search."""
        terms = saved_search(code, actor=current_actor())
        return self.render("desk/search.html", search_query=terms, groups=_groups(terms))


def _groups(terms: str) -> list[dict[str, Any]]:
    groups = [{"title": _("Dossiers"), "rows": _dossiers(terms)}]
    if may(Permission.ACCOUNTS_READ):
        groups.append({"title": _("Accounts"), "rows": _accounts(terms)})
    if may(Permission.CONVERSATIONS_READ):
        groups.append({"title": _("Conversations"), "rows": _conversations(terms)})
    return groups


def _same(column: Any, terms: str) -> ColumnElement[bool]:
    return func.lower(column) == " ".join(terms.lower().split())


def _compact(terms: str) -> str:
    return "".join(terms.split()).upper()


def _phones(terms: str) -> list[str]:
    """A number as it may be kept: as it was typed, and in full when it was typed as people do in Indonesia."""
    try:
        full = phone_number(terms)
    except InvalidInput:
        full = None
    return [_compact(terms), *([full] if full else [])]


def _dossiers(terms: str) -> list[Row]:
    name = func.concat_ws(" ", func.nullif(Dossier.given_names, ""), func.nullif(Dossier.surname, ""))
    turned = func.concat_ws(" ", func.nullif(Dossier.surname, ""), func.nullif(Dossier.given_names, ""))
    found = db.session.scalars(
        select(Dossier)
        .join(Person, Person.id == Dossier.person_id)
        .where(
            or_(
                Dossier.reference == _compact(terms),
                Dossier.email == terms.lower(),
                Dossier.phone.in_(_phones(terms)),
                Dossier.passport_number == _compact(terms),
                Dossier.kitas_number == _compact(terms),
                *(_same(column, terms) for column in (name, turned, Dossier.surname, Person.name)),
            )
        )
        .order_by(Dossier.id.desc())
        .limit(MOST)
    )
    return [
        {
            "url": url_for("workbench.show", reference=dossier.reference),
            "title": dossier.applicant,
            "text": dossier.company,
            "pill": LABELS[dossier.status],
            "tone": TONES[dossier.status],
            "reference": dossier.reference,
        }
        for dossier in found
    ]


def _accounts(terms: str) -> list[Row]:
    holds = select(Certificate.account_id).where(
        Certificate.serial == _compact(terms).lower().replace(":", "")
    )
    found = db.session.scalars(
        select(Account)
        .where(
            or_(
                Account.reference == _compact(terms),
                Account.email == terms.lower(),
                Account.phone.in_(_phones(terms)),
                Account.id.in_(holds),
                _same(Account.subject["common_name"].astext, terms),
            )
        )
        .order_by(Account.id.desc())
        .limit(MOST)
    )
    return [
        {
            "url": url_for("accounts.show", reference=account.reference),
            "title": account.subject["common_name"],
            "text": account.company or "",
            "pill": ACCOUNT_LABELS[account.status],
            "tone": "",
            "reference": account.reference,
        }
        for account in found
    ]


def _conversations(terms: str) -> list[Row]:
    writes = select(Party.conversation_id).where(Party.address == terms.lower())
    found = db.session.scalars(
        select(Conversation)
        .join(Person, Person.id == Conversation.person_id)
        .where(
            or_(
                Conversation.reference == _compact(terms),
                Conversation.id.in_(writes),
                _same(Person.name, terms),
            )
        )
        .order_by(Conversation.id.desc())
        .limit(MOST)
    ).all()
    verified = senders_verified(conversation.id for conversation in found)
    return [
        {
            "url": url_for("conversations.show", reference=conversation.reference),
            "title": conversation.person.name,
            "text": conversation.subject,
            "sender_verified": verified.get(conversation.id),
            "pill": None,
            "tone": "",
            "reference": conversation.reference,
        }
        for conversation in found
    ]
