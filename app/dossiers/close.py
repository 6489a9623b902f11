"""Reject, hold and release a dossier: a supervisor's acts, each with a reason."""

from __future__ import annotations

from enum import StrEnum

from flask_babel import lazy_gettext

from app.dossiers import lifecycle
from app.dossiers.models import Dossier
from app.kernel.actors import Actor
from app.kernel.database import lock, use_case
from app.kernel.errors import InvalidInput
from app.letters.queue import queue_letter

LONGEST = 2000


class RejectionReason(StrEnum):
    """Why there is no way on; never told to the applicant, who gets a plain letter."""

    FORGERY = "forgery"
    NOT_OWN_DOCUMENT = "not_own_document"
    COMPANY_WITHDREW = "company_withdrew"
    WATCH_LIST = "watch_list"
    OTHER = "other"


REJECTION_LABELS = {
    RejectionReason.FORGERY: lazy_gettext("Suspected forgery"),
    RejectionReason.NOT_OWN_DOCUMENT: lazy_gettext("Not the applicant's own document"),
    RejectionReason.COMPANY_WITHDREW: lazy_gettext("Withdrawn by the company"),
    RejectionReason.WATCH_LIST: lazy_gettext("On a watch list"),
    RejectionReason.OTHER: lazy_gettext("Another reason"),
}


@use_case
def reject(dossier_id: int, *, reason: str, actor: Actor, code: str = "other", text: str = "") -> Dossier:
    """Reject for good. `reason` and `code` (a RejectionReason) stay in the trail, `text` stands in the letter."""
    lock(Dossier, dossier_id)
    if code not in list(RejectionReason):
        raise InvalidInput
    kept = f"{code}: {_needed(reason)}"
    dossier = lifecycle.change(dossier_id, "reject", actor=actor, reason=kept)
    tell_rejected(dossier, text=text.strip()[:LONGEST])
    return dossier


@use_case
def hold(dossier_id: int, *, reason: str, actor: Actor) -> Dossier:
    """Stop all work on a dossier until a supervisor releases it."""
    lock(Dossier, dossier_id)
    return lifecycle.change(dossier_id, "hold", actor=actor, reason=_needed(reason))


@use_case
def release(dossier_id: int, *, reason: str, actor: Actor) -> Dossier:
    """Let work on a held dossier go on; it is reviewed again."""
    lock(Dossier, dossier_id)
    return lifecycle.change(dossier_id, "release", actor=actor, reason=_needed(reason))


def tell_rejected(dossier: Dossier, *, text: str = "") -> None:
    """Queue the letter that says it will not go on, to the only address that letters go to, if that is known."""
    if not dossier.email:
        return
    context = {"name": dossier.applicant, "reference": dossier.reference, "text": text}
    queue_letter(
        "dossiers/rejected", to=dossier.email, locale=dossier.locale, context=context, dossier_id=dossier.id
    )


def _needed(reason: str) -> str:
    tidy = reason.strip()[:LONGEST]
    if not tidy:
        raise InvalidInput(lazy_gettext("Please write a reason: it stays with the dossier."))
    return tidy
