"""All status changes of a document: by compare-and-set, each with an entry in the trail and an event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext

from app.audit.record import record
from app.documents.models import Document
from app.kernel import events
from app.kernel.actors import Actor
from app.kernel.clock import now
from app.kernel.database import change_status, fetch
from app.kernel.errors import Stale
from app.kernel.permissions import Permission

UNDECIDED = "undecided"
ACCEPTED = "accepted"
REFUSED = "refused"
WITHDRAWN = "withdrawn"

ACTIVE = (UNDECIDED, ACCEPTED)
EVERY = (UNDECIDED, ACCEPTED, REFUSED, WITHDRAWN)


@dataclass(frozen=True)
class Transition:
    """From which states to which; `decides` tells whether the change names who decided."""

    was: tuple[str, ...]
    becomes: str
    decides: bool


TRANSITIONS: dict[str, Transition] = {
    "accept": Transition((UNDECIDED,), ACCEPTED, True),
    "refuse": Transition((UNDECIDED, ACCEPTED), REFUSED, True),
    "undo": Transition((ACCEPTED, REFUSED), UNDECIDED, False),
    "withdraw": Transition((UNDECIDED, ACCEPTED, REFUSED), WITHDRAWN, True),
}

LABELS = {
    UNDECIDED: lazy_gettext("Undecided"),
    ACCEPTED: lazy_gettext("Accepted"),
    REFUSED: lazy_gettext("Asked again"),
    WITHDRAWN: lazy_gettext("Withdrawn"),
}
TONES = {UNDECIDED: "calm", ACCEPTED: "good", REFUSED: "bad", WITHDRAWN: "calm"}


def change(
    document_id: int, name: str, *, actor: Actor, reasons: list[str] | None = None, reason: str | None = None
) -> Document:
    """Take one named transition, or raise Stale (decided otherwise by now). Emits document.decided.

    `reasons` are codes for the applicant, `reason` is free text for the trail.
    """
    actor.must(Permission.DOSSIERS_REVIEW)
    transition = TRANSITIONS[name]
    values: dict[str, Any] = {"reasons": reasons or [], "decided_by_id": None, "decided_at": None}
    if transition.decides:
        values |= {"decided_by_id": actor.id, "decided_at": now()}
    if not change_status(Document, document_id, was=transition.was, becomes=transition.becomes, **values):
        raise Stale
    document = fetch(Document, document_id)
    details = {"reasons": reasons} if reasons else None
    record(
        f"document.{name}",
        actor=actor,
        subject=document,
        dossier_id=document.dossier_id,
        reason=reason,
        details=details,
    )
    events.emit("document.decided", dossier_id=document.dossier_id, document_id=document.id)
    return document
