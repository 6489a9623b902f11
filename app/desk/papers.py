"""The documents of a dossier on the workbench: the list, the one that is looked at, and what may be done with it."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from app.desk import seen
from app.desk.actions import may_decide
from app.documents import lifecycle as document_lifecycle
from app.documents.admin import page_url, thumbnail_url
from app.documents.kinds import DocumentKind
from app.documents.labels import REQUIRED, SEVERITIES, TONES, finding_text, kind_label
from app.documents.models import Document
from app.documents.reasons import LABELS as REASONS
from app.documents.reasons import RefusalReason, reasons_for
from app.dossiers import lifecycle
from app.dossiers.models import Dossier
from app.kernel.actors import Actor
from app.kernel.database import db
from app.kernel.errors import NotFound
from app.kernel.locale import moment
from app.kernel.permissions import Permission
from app.staff.models import StaffMember

_KINDS = list(DocumentKind)
_STATES = (document_lifecycle.UNDECIDED, document_lifecycle.ACCEPTED, document_lifecycle.REFUSED)
Row = dict[str, Any]


def in_order(dossier: Dossier) -> list[Document]:
    """Those that count by kind, then those asked for again, then the withdrawn ones."""
    ranks = {document_lifecycle.REFUSED: 1, document_lifecycle.WITHDRAWN: 2}

    def place(document: Document) -> tuple[int, int, int]:
        return ranks.get(document.status, 0), _KINDS.index(DocumentKind(document.kind)), document.id

    return sorted(dossier.documents, key=place)


def choose(dossier: Dossier, chosen: int | None) -> Document | None:
    """The chosen document, or the first undecided one, or the first; NotFound for one of another dossier."""
    documents = in_order(dossier)
    if chosen is None:
        undecided = [one for one in documents if one.status == document_lifecycle.UNDECIDED]
        return next(iter([*undecided, *documents]), None)
    return of_dossier(dossier, chosen)


def of_dossier(dossier: Dossier, document_id: int) -> Document:
    """The document with this id, or NotFound when the dossier has none."""
    for document in dossier.documents:
        if document.id == document_id:
            return document
    raise NotFound


def next_undecided(dossier: Dossier, after: int) -> int:
    """The id of the next document to decide on, in the list's order and round its end; `after` when there is none."""
    documents = in_order(dossier)
    # The one just decided keeps its place among those that count.
    at = next((index for index, one in enumerate(documents) if one.id == after), -1)
    for document in [*documents[at + 1 :], *documents[: at + 1]]:
        if document.status == document_lifecycle.UNDECIDED:
            return document.id
    return after


def may_add(dossier: Dossier) -> bool:
    """Whether a file can be added by hand: what has been approved or closed stays as it was."""
    return dossier.status in (*lifecycle.BEFORE_APPROVAL, lifecycle.EXPIRED)


def context(dossier: Dossier, current: Document | None, *, actor: Actor) -> Row:
    """documents, documents_there, current, compare, findings."""
    sees = Permission.DOCUMENTS_SEE in actor.permissions
    documents = in_order(dossier)
    counting = [one for one in documents if one.status in document_lifecycle.ACTIVE]
    return {
        "documents": _list(dossier, documents, current, sees),
        "documents_there": len({one.kind for one in counting} & set(REQUIRED)),
        "documents_needed": len(REQUIRED),
        "current": _current(dossier, current, actor) if current else None,
        "compare": _compare(counting, current) if sees else [],
        "findings": [_finding(document, finding) for document in counting for finding in document.findings],
    }


def _list(dossier: Dossier, documents: list[Document], current: Document | None, sees: bool) -> list[Row]:
    rows = [_paper(dossier, document, current, sees) for document in documents]
    shown = {one.kind for one in documents if one.status in _STATES}
    missing = [
        {"kind": str(kind), "kind_label": kind_label(kind), "missing": True}
        for kind in REQUIRED
        if kind not in shown
    ]
    return sorted([*rows, *missing], key=lambda row: (row.get("gone", False), _KINDS.index(row["kind"])))


def _paper(dossier: Dossier, document: Document, current: Document | None, sees: bool) -> Row:
    return {
        "id": document.id,
        "url": url_for("workbench.show", reference=dossier.reference, document=document.id),
        "kind": str(document.kind),
        "kind_label": kind_label(document.kind),
        "name": document.filename,
        "thumb_url": thumbnail_url(document) if sees else None,
        "decision_label": document_lifecycle.LABELS[document.status],
        "tone": document_lifecycle.TONES[document.status],
        "current": current is not None and document.id == current.id,
        "missing": False,
        "gone": document.status == document_lifecycle.WITHDRAWN,
        "findings": len(document.findings) if document.status == document_lifecycle.UNDECIDED else 0,
    }


def _current(dossier: Dossier, document: Document, actor: Actor) -> Row:
    sees = Permission.DOCUMENTS_SEE in actor.permissions
    open_now = may_decide(dossier) and Permission.DOSSIERS_REVIEW in actor.permissions
    decided = document.status in (document_lifecycle.ACCEPTED, document_lifecycle.REFUSED)
    return {
        "id": document.id,
        "kind": str(document.kind),
        "kind_label": kind_label(document.kind),
        "name": document.filename,
        "pages": [page_url(document, page.number) for page in document.pages] if sees else [],
        "problem": _problem(document, sees),
        "decision_label": document_lifecycle.LABELS[document.status],
        "tone": document_lifecycle.TONES[document.status],
        "decided_by": _decided_by(document),
        "seen": seen.document(document)(dossier),
        "accept_url": _url(dossier, document, "accept")
        if open_now and document.status == document_lifecycle.UNDECIDED and document.pictures == "ready"
        else None,
        "undo_url": _url(dossier, document, "undo") if open_now and decided else None,
        "kind_url": _url(dossier, document, "kind")
        if open_now and document.status != document_lifecycle.WITHDRAWN
        else None,
        "why_not": None if open_now else _why_not(dossier, actor),
    }


def _url(dossier: Dossier, document: Document, endpoint: str) -> str:
    return url_for(f"workbench.{endpoint}", reference=dossier.reference, document_id=document.id)


def _why_not(dossier: Dossier, actor: Actor) -> str:
    if Permission.DOSSIERS_REVIEW not in actor.permissions:
        return _("Your role reads dossiers; agents decide on documents.")
    if dossier.status == lifecycle.HELD:
        return _("This dossier is held. A supervisor releases it first.")
    if dossier.status in (lifecycle.AWAITING_CALL, lifecycle.CALL_BOOKED):
        return _(
            "The documents are accepted; the call comes next. Ask again (r) if one of them is wrong after all."
        )
    return _("This dossier has been decided on, so its documents stay as they are.")


def _problem(document: Document, sees: bool) -> str | None:
    """Why there is no picture, or None while it is being made."""
    if not sees:
        return _("Your role does not open documents.")
    if document.pictures != "none":
        return None
    return " ".join(str(finding_text(finding)) for finding in document.findings) or _(
        "Its pages cannot be shown."
    )


def _decided_by(document: Document) -> str | None:
    if document.decided_by_id is None:
        return None
    member = db.session.get(StaffMember, document.decided_by_id)
    who = _("%(name)s, %(when)s", name=member.name if member else "?", when=moment(document.decided_at))
    reasons = ", ".join(str(REASONS[code]) for code in document.reasons if code in list(RefusalReason))
    return f"{who} · {reasons}" if reasons else who


def _compare(counting: list[Document], current: Document | None) -> list[Row]:
    return [
        {"label": kind_label(document.kind), "page_url": page_url(document, 1)}
        for document in counting
        if document.pictures == "ready" and (current is None or document.id != current.id)
    ]


def _finding(document: Document, finding: Any) -> Row:
    return {
        "severity_label": SEVERITIES.get(finding.severity, finding.severity),
        "tone": TONES.get(finding.severity, "calm"),
        "text": finding_text(finding),
        "document_label": kind_label(document.kind),
        "answer_url": None,
        "answer": None,
    }


def askable(dossier: Dossier) -> list[Row]:
    """What can be asked for: each document that counts with its reasons, and the kinds that are not there."""
    counting = [one for one in in_order(dossier) if one.status in document_lifecycle.ACTIVE]
    there = {one.kind for one in counting}
    rows = [
        {
            "id": document.id,
            "label": f"{kind_label(document.kind)} · {document.filename}",
            "reasons": [{"value": str(code), "label": REASONS[code]} for code in reasons_for(document.kind)],
            "ticked": [],
        }
        for document in counting
    ]
    missing = {"value": str(RefusalReason.MISSING), "label": REASONS[RefusalReason.MISSING]}
    absent = [
        {"id": str(kind), "label": kind_label(kind), "reasons": [missing], "ticked": [missing["value"]]}
        for kind in REQUIRED
        if kind not in there
    ]
    return [*absent, *rows]
