"""Ask the applicant again: several documents and reasons, one letter, shown before it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext

from app.documents import decide
from app.documents.labels import REQUIRED
from app.documents.models import Document
from app.documents.reasons import RefusalReason
from app.dossiers import lifecycle
from app.dossiers.checklist import active_documents
from app.dossiers.makers import add_maker
from app.dossiers.models import Dossier
from app.kernel.actors import Actor
from app.kernel.database import fetch, lock, use_case
from app.kernel.errors import InvalidInput, NotFound, Refused, Stale
from app.kernel.forms import CONTROL, clean
from app.kernel.permissions import Permission
from app.letters.queue import queue_letter
from app.letters.render import Words, render

LETTER = "dossiers/ask_again"
LONGEST = 2000
Request = tuple[int | str, list[str]]


@use_case
def ask_again(dossier_id: int, *, requests: Sequence[Request], text: str, actor: Actor) -> Dossier:
    """Refuse documents and send one letter that says what to send again and why; the dossier collects anew.

    A request is (document id, reason codes) for one that is there, or (kind, []) for one that is not. `text` is read by
    the applicant. From a held dossier only who may release it asks. Raises InvalidInput, NotFound, Stale.
    """
    actor.must(Permission.DOSSIERS_REVIEW)
    dossier = lock(Dossier, dossier_id)
    if dossier.status not in lifecycle.BEFORE_APPROVAL:
        raise Stale
    if dossier.status == lifecycle.HELD:
        actor.must(Permission.DOSSIERS_REJECT)
    _refuse_unknown_address(dossier)
    context = _context(dossier, requests, text)
    for subject, reasons in requests:
        if isinstance(subject, int):
            decide.refuse(subject, reasons=reasons, actor=actor)
    add_maker(dossier_id, actor=actor, part="reviewer")
    queue_letter(LETTER, to=dossier.email, locale=dossier.locale, context=context, dossier_id=dossier_id)
    return lifecycle.change(dossier_id, "ask_again", actor=actor, reason=clean(text) or None)


def preview_ask_again(dossier_id: int, *, requests: Sequence[Request], text: str, actor: Actor) -> Words:
    """The letter that `ask_again` would send now, in the applicant's language. Nothing is changed."""
    actor.must(Permission.DOSSIERS_REVIEW)
    dossier = fetch(Dossier, dossier_id)
    _refuse_unknown_address(dossier)
    return render(LETTER, locale=dossier.locale, context=_context(dossier, requests, text))


def _refuse_unknown_address(dossier: Dossier) -> None:
    if not dossier.email:
        raise Refused(
            lazy_gettext(
                "The applicant's own e-mail address is not known yet, so no letter can be sent. Enter it first."
            )
        )


def _context(dossier: Dossier, requests: Sequence[Request], text: str) -> dict[str, Any]:
    words = clean(text)
    if len(words) > LONGEST or CONTROL.search(words):
        raise InvalidInput(lazy_gettext("Please write up to 2000 plain characters to the applicant."))
    if not requests and not words:
        raise InvalidInput(
            lazy_gettext("Tick at least one reason, or write to the applicant what is needed.")
        )
    asked = [_asked(dossier, subject, reasons) for subject, reasons in requests]
    if not words and any(RefusalReason.OTHER in one["reasons"] for one in asked):
        raise InvalidInput(lazy_gettext("For another reason, please write to the applicant what is wrong."))
    refused = {subject for subject, _ in requests if isinstance(subject, int)}
    return {
        "name": dossier.applicant,
        "reference": dossier.reference,
        "asked": asked,
        "missing": _still_missing(dossier, refused, {one["kind"] for one in asked}),
        "text": words,
    }


def _asked(dossier: Dossier, subject: int | str, reasons: list[str]) -> dict[str, Any]:
    """One request as the letter tells it: {kind, filename, reasons}."""
    if isinstance(subject, int):
        document = fetch(Document, subject)
        if document.dossier_id != dossier.id:
            raise NotFound
        if not reasons or not set(reasons) <= set(RefusalReason):
            raise InvalidInput(lazy_gettext("Please choose a reason for each document."))
        return {"kind": document.kind, "filename": document.filename, "reasons": list(dict.fromkeys(reasons))}
    if subject not in list(REQUIRED) or not set(reasons) <= set(RefusalReason):
        raise InvalidInput
    return {"kind": str(subject), "filename": "", "reasons": list(reasons) or [RefusalReason.MISSING.value]}


def _still_missing(dossier: Dossier, refused: set[int], asked: set[str]) -> list[str]:
    """What else is needed, so that the applicant does not have to write three times."""
    active = active_documents([dossier.id])[dossier.id]
    kinds = {document.kind for document in active if document.id not in refused} | asked
    keys = [kind.value for kind in REQUIRED if kind not in kinds]
    return keys if dossier.phone else [*keys, "phone"]
