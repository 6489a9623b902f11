"""Review the documents of a dossier: accept, undo, correct the kind, withdraw, and finish."""

from __future__ import annotations

from flask_babel import lazy_gettext

from app.documents import decide
from app.documents.models import Document
from app.dossiers import lifecycle, readiness
from app.dossiers.ask_again import ask_again, preview_ask_again
from app.dossiers.close import hold, reject, release
from app.dossiers.evidence import touch
from app.dossiers.makers import add_maker
from app.dossiers.models import Dossier
from app.dossiers.progress import progress
from app.kernel.actors import Actor
from app.kernel.database import db, fetch, lock, use_case
from app.kernel.errors import InvalidInput, Refused, Stale
from app.kernel.permissions import Permission

__all__ = [
    "accept_document",
    "ask_again",
    "change_kind",
    "finish_review",
    "hold",
    "preview_ask_again",
    "reject",
    "release",
    "undo_decision",
    "withdraw_document",
]

# In collecting an agent may already decide on what is there; a decision while approval is awaited voids the request.
DECIDABLE = (lifecycle.COLLECTING, lifecycle.REVIEWING, lifecycle.AWAITING_APPROVAL)


@use_case
def accept_document(document_id: int, *, actor: Actor) -> Document:
    """Accept an undecided document. Raises Stale when it has been decided, Refused in a state without decisions."""
    _begin(document_id, actor)
    return decide.accept(document_id, actor=actor)


@use_case
def undo_decision(document_id: int, *, actor: Actor) -> Document:
    """Take back the decision on a document; a letter that asked for it again cannot be taken back."""
    dossier_id = _begin(document_id, actor)
    document = decide.undo(document_id, actor=actor)
    progress(dossier_id)
    return document


@use_case
def change_kind(document_id: int, *, kind: str, actor: Actor) -> Document:
    """Say what a document is; a decision on it is taken back. A dossier that is complete by this is to be reviewed."""
    dossier_id = _begin(document_id, actor)
    document = decide.set_kind(document_id, kind, actor=actor)
    progress(dossier_id)
    return document


@use_case
def withdraw_document(document_id: int, *, reason: str, actor: Actor) -> Document:
    """Make a document inactive, with a reason for the trail; nothing is deleted."""
    if not reason.strip():
        raise InvalidInput(lazy_gettext("Please write a reason: it stays with the dossier."))
    _begin(document_id, actor)
    return decide.withdraw(document_id, reason=reason.strip(), actor=actor)


@use_case
def finish_review(dossier_id: int, *, call_confirmed: bool, actor: Actor) -> Dossier:
    """reviewing → awaiting_call, or → awaiting_approval when a call has confirmed the identity before.

    Raises Refused naming everything that is missing, Stale when the dossier is not under review (any more).
    """
    actor.must(Permission.DOSSIERS_REVIEW)
    dossier = lock(Dossier, dossier_id)
    if dossier.status != lifecycle.REVIEWING:
        raise Stale
    if problems := readiness.problems_of(dossier):
        raise Refused(readiness.sentence(problems))
    add_maker(dossier_id, actor=actor, part="reviewer")
    return lifecycle.change(dossier_id, "accept_again" if call_confirmed else "accept", actor=actor)


def _begin(document_id: int, actor: Actor) -> int:
    """Lock the dossier, refuse in the wrong state, void a pending approval, note the reviewer; the dossier's id."""
    actor.must(Permission.DOSSIERS_REVIEW)
    document = fetch(Document, document_id)
    dossier = lock(Dossier, document.dossier_id)
    db.session.refresh(document)
    if document.dossier_id != dossier.id:
        # It was moved to another dossier while we waited.
        raise Stale
    if dossier.status not in DECIDABLE:
        raise Refused(
            lazy_gettext("Documents are decided on during the review. This dossier is in another state.")
        )
    touch(dossier, actor=actor)
    add_maker(dossier.id, actor=actor, part="reviewer")
    return dossier.id
