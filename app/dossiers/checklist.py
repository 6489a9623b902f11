"""What a foreigner's enrolment needs, by Xignature's FAQ: seven items, and which of them are there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from flask_babel import lazy_gettext
from sqlalchemy import select

from app.documents import lifecycle as document_lifecycle
from app.documents.labels import KINDS, REQUIRED
from app.documents.models import Document
from app.dossiers import lifecycle
from app.dossiers.models import Dossier
from app.kernel.database import db

State = Literal["done", "missing", "waiting", "problem"]

LABELS: dict[str, Any] = {
    **{kind.value: KINDS[kind] for kind in REQUIRED},
    "email": lazy_gettext("E-mail address"),
    "phone": lazy_gettext("Phone number"),
    "video_call": lazy_gettext("Video call"),
}
_CALL_DONE = (lifecycle.AWAITING_APPROVAL, lifecycle.APPROVED, lifecycle.ISSUED)


@dataclass(frozen=True)
class Item:
    """One of the seven. `state`: done (there), missing, waiting (its time comes later), problem (there, cannot be used)."""

    key: str
    label: Any
    state: State


def checklist(dossier: Dossier, *, call_confirmed: bool = False) -> list[Item]:
    """The seven items in the FAQ's order. `call_confirmed` tells of a call that the dossier's state does not show."""
    active = active_documents([dossier.id])[dossier.id]
    states: dict[str, State] = {kind.value: _document_state(active, kind) for kind in REQUIRED}
    states["email"] = "done" if dossier.email else "missing"
    states["phone"] = "done" if dossier.phone else "missing"
    states["video_call"] = "done" if call_confirmed or dossier.status in _CALL_DONE else "waiting"
    return [Item(key, label, states[key]) for key, label in LABELS.items()]


def missing(dossier: Dossier) -> list[str]:
    """Keys of what is still needed: kinds without an active document, the phone number, an address not known yet."""
    return missing_of([dossier])[dossier.id]


def missing_of(dossiers: Iterable[Dossier]) -> dict[int, list[str]]:
    """The same for many dossiers with one look into the database, by dossier id."""
    wanted = list(dossiers)
    active = active_documents([dossier.id for dossier in wanted])
    return {dossier.id: missing_in(dossier, active[dossier.id]) for dossier in wanted}


def active_documents(dossier_ids: list[int]) -> dict[int, list[Document]]:
    """Documents that count, undecided or accepted, as they are now, by dossier id."""
    found: dict[int, list[Document]] = defaultdict(list)
    query = (
        select(Document)
        .where(Document.dossier_id.in_(dossier_ids), Document.status.in_(document_lifecycle.ACTIVE))
        .order_by(Document.id)
    )
    for document in db.session.scalars(query):
        found[document.dossier_id].append(document)
    return found


def missing_in(dossier: Dossier, active: list[Document]) -> list[str]:
    """The same for documents that are known already."""
    kinds = {document.kind for document in active}
    keys = [kind.value for kind in REQUIRED if kind not in kinds]
    return keys + ([] if dossier.phone else ["phone"]) + ([] if dossier.email else ["email"])


def _document_state(active: list[Document], kind: str) -> State:
    there = [document for document in active if document.kind == kind]
    if not there:
        return "missing"
    return "problem" if all(document.pictures == "none" for document in there) else "done"
