"""One subscriber on one page: why can't this person sign yet, and what mends it."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for
from flask_babel import gettext
from sqlalchemy import or_, select

from app.accounts import lifecycle
from app.accounts.models import Account
from app.accounts.resend import resends_left
from app.certificates.find import certificates_of, issued_certificate
from app.certificates.lifecycle import INTENDED, ISSUED
from app.certificates.models import Certificate
from app.certificates.resend_link import links_left
from app.certificates.show import first_closed_gate, six_facts, state_of, subject_rows, valid_certificate
from app.conversations.models import Conversation
from app.desk.activation_history import history_of
from app.dossiers.lifecycle import LABELS, TONES
from app.dossiers.models import Dossier
from app.kernel.access import may
from app.kernel.database import db, fetch
from app.kernel.locale import age, day, moment
from app.kernel.permissions import Permission

TONE_OF_ACCOUNT = {lifecycle.AWAITING_ACTIVATION: "warn", lifecycle.ACTIVE: "good", lifecycle.CLOSED: "calm"}
MOST_CONVERSATIONS = 20


def kind_label(account: Account) -> str:
    """What kind of subscriber this is."""
    return gettext("Foreigner") if account.kind == "foreigner" else gettext("Individual")


def why_not(account: Account) -> str | None:
    """Why this person cannot sign yet, in one sentence, or None."""
    if valid_certificate(account):
        return None
    if account.status == lifecycle.CLOSED:
        return gettext("The account is closed.")
    certificate = issued_certificate(account.id)
    if certificate:
        return gettext("The certificate expired on %(day)s.", day=day(certificate.not_after))
    gate = first_closed_gate(account) if not _intended(account) else None
    return (
        str(gate.sentence) if gate else gettext("The certificate is being issued; this takes a few seconds.")
    )


def context_of(account: Account) -> dict[str, Any]:
    """Everything that the account's page shows."""
    dossier = fetch(Dossier, account.dossier_id)
    certificates = certificates_of(account.id)
    return {
        "account": {
            "reference": account.reference,
            "name": account.subject["common_name"],
            "state_label": lifecycle.LABELS[account.status],
            "tone": TONE_OF_ACCOUNT[account.status],
            "age": age(account.activated_at or account.created_at),
            "kind_label": kind_label(account),
        },
        "sign": _sign(account, dossier),
        "identity": _identity(account),
        "dossier": _dossier(dossier),
        "activation": _activation(account),
        "certificates": [_certificate(each) for each in certificates],
        "quota": _quota(certificates),
        "conversations": _conversations(account),
    }


def _intended(account: Account) -> bool:
    return any(each.status == INTENDED for each in certificates_of(account.id))


def _sign(account: Account, dossier: Dossier) -> dict[str, Any]:
    sentence = why_not(account)
    if sentence is not None:
        return {"can": False, "sentence": sentence, "action": _mend(account, dossier)}
    certificate = valid_certificate(account)
    until = day(certificate.not_after) if certificate else ""
    return {
        "can": True,
        "sentence": gettext("This person can sign. The certificate is valid until %(day)s.", day=until),
        "action": None,
    }


def _mend(account: Account, dossier: Dossier) -> dict[str, Any] | None:
    """The button that opens the first closed gate, where there is one and this person may press it."""
    gate = (
        first_closed_gate(account) if not issued_certificate(account.id) and not _intended(account) else None
    )
    key = gate.key if gate else ""
    if key in ("approved", "documents") and may(Permission.DOSSIERS_READ):
        url = url_for("workbench.show", reference=dossier.reference)
        return {"label": gettext("Open the dossier"), "url": url, "tone": "primary", "key": "d"}
    button = _send_button(account)
    return {**button, "tone": "primary"} if button and key in ("activated", "key") else None


def _send_button(account: Account) -> dict[str, Any] | None:
    """The button that sends the link this account needs next, for those who may press it."""
    posts = {
        lifecycle.AWAITING_ACTIVATION: (gettext("Resend activation"), "accounts.resend", resends_left),
        lifecycle.ACTIVE: (gettext("Send the owner's link again"), "accounts.owner_link", links_left),
    }
    if account.status not in posts or not may(Permission.ACTIVATION_RESEND):
        return None
    label, endpoint, left = posts[account.status]
    return {
        "label": label,
        "url": url_for(endpoint, reference=account.reference),
        "method": "post",
        "key": "r",
        "disabled": None if left(account) else gettext("Sent often enough in this hour."),
    }


def _identity(account: Account) -> list[dict[str, Any]]:
    rows = subject_rows(account.subject)
    return [
        *rows,
        {"label": gettext("Letters go to"), "value": account.email},
        {"label": gettext("Phone"), "value": account.phone},
        {"label": gettext("Company"), "value": account.company},
    ]


def _dossier(dossier: Dossier) -> dict[str, Any] | None:
    if not may(Permission.DOSSIERS_READ):
        return None
    return {
        "reference": dossier.reference,
        "url": url_for("workbench.show", reference=dossier.reference),
        "state_label": LABELS[dossier.status],
        "tone": TONES[dossier.status],
    }


def _activation(account: Account) -> dict[str, Any]:
    waiting = account.status == lifecycle.AWAITING_ACTIVATION
    most = current_app.extensions["desk_settings"].activation_resends_per_hour
    sentences = {
        lifecycle.AWAITING_ACTIVATION: gettext(
            "The activation letter can be sent %(left)s of %(most)s times more in this hour. A new link replaces the old one.",
            left=resends_left(account),
            most=most,
        ),
        lifecycle.ACTIVE: gettext(
            "The link to the owner's page can be sent %(left)s of %(most)s times more in this hour.",
            left=links_left(account),
            most=most,
        ),
    }
    return {
        "state_label": gettext("Waiting for the owner") if waiting else lifecycle.LABELS[account.status],
        "tone": TONE_OF_ACCOUNT[account.status],
        "button": _send_button(account),
        "limit": sentences.get(account.status, "") if may(Permission.ACTIVATION_RESEND) else "",
        "history": history_of(account),
    }


def _certificate(certificate: Certificate) -> dict[str, Any]:
    issued = certificate.status == ISSUED
    return {
        **state_of(certificate),
        "facts": six_facts(certificate),
        "pem_url": url_for("certificates.certificate_pem", certificate_id=certificate.id) if issued else None,
        "chain_url": url_for("certificates.chain_pem", certificate_id=certificate.id) if issued else None,
    }


def _quota(certificates: Any) -> dict[str, int] | None:
    issued = [each for each in certificates if each.status == ISSUED]
    return {"left": issued[0].quota, "of": 10} if issued else None


def _conversations(account: Account) -> list[dict[str, Any]]:
    if not may(Permission.CONVERSATIONS_READ):
        return []
    labels = {"open": gettext("Open"), "answered": gettext("Answered"), "closed": gettext("Closed")}
    found = db.session.scalars(
        select(Conversation)
        .where(
            or_(Conversation.dossier_id == account.dossier_id, Conversation.person_id == account.person_id)
        )
        .order_by(Conversation.last_message_at.desc(), Conversation.id.desc())
        .limit(MOST_CONVERSATIONS)
    )
    return [
        {
            "url": url_for("conversations.show", reference=each.reference),
            "reference": each.reference,
            "subject": each.subject,
            "at_label": moment(each.last_message_at),
            "state_label": labels.get(each.status, each.status),
            "tone": "warn" if each.status == "open" else "calm",
        }
        for each in found
    ]
