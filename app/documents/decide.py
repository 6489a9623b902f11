"""Decide on documents. Whether the dossier's state allows it is the dossier's business (app.dossiers.review)."""

from __future__ import annotations

from flask_babel import lazy_gettext

from app.audit.record import record
from app.documents import lifecycle
from app.documents.kinds import DocumentKind
from app.documents.models import Document
from app.documents.reasons import RefusalReason
from app.documents.render import NONE, READY
from app.kernel import events
from app.kernel.actors import Actor
from app.kernel.database import db, fetch, use_case
from app.kernel.errors import InvalidInput, Refused
from app.kernel.permissions import Permission

UNSEEN = lazy_gettext(
    "Nobody can see what is in this file, so it cannot be accepted: ask for it again, or withdraw it."
)
NOT_DRAWN_YET = lazy_gettext("Its pages are still being drawn. Look at them first, then accept.")


@use_case
def accept(document_id: int, *, actor: Actor) -> Document:
    """Accept an undecided document, or raise Stale; Refused when nobody can have seen what is in it."""
    pictures = fetch(Document, document_id).pictures
    if pictures != READY:
        raise Refused(UNSEEN if pictures == NONE else NOT_DRAWN_YET)
    return lifecycle.change(document_id, "accept", actor=actor)


@use_case
def refuse(document_id: int, *, reasons: list[str], actor: Actor) -> Document:
    """Ask for a document again, for at least one reason of RefusalReason; raises InvalidInput or Stale."""
    if not reasons or not set(reasons) <= set(RefusalReason):
        raise InvalidInput
    return lifecycle.change(document_id, "refuse", actor=actor, reasons=list(dict.fromkeys(reasons)))


@use_case
def undo(document_id: int, *, actor: Actor) -> Document:
    """Take a decision back, or raise Stale when there is none (any more)."""
    return lifecycle.change(document_id, "undo", actor=actor)


@use_case
def withdraw(document_id: int, *, reason: str, actor: Actor) -> Document:
    """Make a document inactive; it stays in the record. Raises Stale when it is so already."""
    return lifecycle.change(document_id, "withdraw", actor=actor, reason=reason)


@use_case
def set_kind(document_id: int, kind: str, *, actor: Actor) -> Document:
    """Say what a document is. A decision was about another kind, so it is taken back. Emits document.decided."""
    actor.must(Permission.DOSSIERS_REVIEW)
    if kind not in list(DocumentKind):
        raise InvalidInput
    document = fetch(Document, document_id)
    if document.kind == kind:
        return document
    if document.status in (lifecycle.ACCEPTED, lifecycle.REFUSED):
        document = lifecycle.change(document_id, "undo", actor=actor)
    before, document.kind, document.kind_reason = document.kind, DocumentKind(kind), "chosen"
    details = {"before": before, "after": kind}
    record("document.kind", actor=actor, subject=document, dossier_id=document.dossier_id, details=details)
    db.session.flush()
    events.emit("document.decided", dossier_id=document.dossier_id, document_id=document.id)
    return document
