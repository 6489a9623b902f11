"""All status changes of a dossier: by compare-and-set, each with a permission, an entry in the trail and an event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext

from app.audit.record import record
from app.dossiers.models import Dossier
from app.kernel import events
from app.kernel.actors import Actor
from app.kernel.clock import now
from app.kernel.database import change_status, fetch
from app.kernel.errors import NotPermitted, Stale
from app.kernel.permissions import Permission

COLLECTING = "collecting"
REVIEWING = "reviewing"
AWAITING_CALL = "awaiting_call"
CALL_BOOKED = "call_booked"
AWAITING_APPROVAL = "awaiting_approval"
HELD = "held"
APPROVED = "approved"
ISSUED = "issued"
REJECTED = "rejected"
WITHDRAWN = "withdrawn"
EXPIRED = "expired"
MERGED = "merged"

BEFORE_APPROVAL = (COLLECTING, REVIEWING, AWAITING_CALL, CALL_BOOKED, AWAITING_APPROVAL, HELD)
OPEN = (*BEFORE_APPROVAL, APPROVED)
CLOSED = (ISSUED, REJECTED, WITHDRAWN, EXPIRED, MERGED)
EVERY = (*OPEN, *CLOSED)
# What papers can still be put into or taken out of: mail opens an expired dossier again.
TAKES_PAPERS = (*BEFORE_APPROVAL, EXPIRED)


@dataclass(frozen=True)
class Transition:
    """From which states to which, and what a staff member needs; None means only the desk or the applicant's own act."""

    was: tuple[str, ...]
    becomes: str
    permission: Permission | None


TRANSITIONS: dict[str, Transition] = {
    "complete": Transition((COLLECTING,), REVIEWING, None),
    "accept": Transition((REVIEWING,), AWAITING_CALL, Permission.DOSSIERS_REVIEW),
    "accept_again": Transition((REVIEWING,), AWAITING_APPROVAL, Permission.DOSSIERS_REVIEW),
    "ask_again": Transition(BEFORE_APPROVAL, COLLECTING, Permission.DOSSIERS_REVIEW),
    "book_call": Transition((AWAITING_CALL,), CALL_BOOKED, Permission.CALLS_HOLD),
    "drop_call": Transition((CALL_BOOKED,), AWAITING_CALL, Permission.CALLS_HOLD),
    "confirm_identity": Transition((CALL_BOOKED,), AWAITING_APPROVAL, Permission.CALLS_HOLD),
    "suspect_fraud": Transition((CALL_BOOKED,), HELD, Permission.CALLS_HOLD),
    "hold": Transition(BEFORE_APPROVAL[:-1], HELD, Permission.DOSSIERS_REJECT),
    "release": Transition((HELD,), REVIEWING, Permission.DOSSIERS_REJECT),
    "change_evidence": Transition((AWAITING_APPROVAL,), REVIEWING, Permission.DOSSIERS_REVIEW),
    "lack_again": Transition((REVIEWING, AWAITING_CALL, CALL_BOOKED), COLLECTING, Permission.DOSSIERS_REVIEW),
    "merge": Transition((COLLECTING, REVIEWING, AWAITING_CALL, EXPIRED), MERGED, Permission.DOSSIERS_REVIEW),
    "send_back": Transition((AWAITING_APPROVAL,), REVIEWING, Permission.APPROVALS_DECIDE),
    "approve": Transition((AWAITING_APPROVAL,), APPROVED, Permission.APPROVALS_DECIDE),
    "lapse": Transition((APPROVED,), AWAITING_APPROVAL, None),
    "issue": Transition((APPROVED,), ISSUED, None),
    "reject": Transition(OPEN, REJECTED, Permission.DOSSIERS_REJECT),
    "withdraw": Transition(OPEN, WITHDRAWN, None),
    "expire": Transition(BEFORE_APPROVAL, EXPIRED, None),
    "reopen": Transition((EXPIRED,), COLLECTING, None),
}


def change(dossier_id: int, name: str, *, actor: Actor, reason: str | None = None, **values: Any) -> Dossier:
    """Take one named transition, or raise Stale (another state by now) or NotPermitted.

    `values` are further columns that belong to the new state.
    Emits dossier.<name> with dossier_id and staff_id (0 when nobody of the staff acted).
    """
    transition = TRANSITIONS[name]
    if transition.permission is not None:
        actor.must(transition.permission)
    elif actor.kind == "staff":
        raise NotPermitted
    if not change_status(
        Dossier, dossier_id, was=transition.was, becomes=transition.becomes, status_since=now(), **values
    ):
        raise Stale
    dossier = fetch(Dossier, dossier_id)
    record(f"dossier.{name}", actor=actor, subject=dossier, dossier_id=dossier.id, reason=reason)
    events.emit(f"dossier.{name}", dossier_id=dossier.id, staff_id=actor.id or 0)
    return dossier


LABELS = {
    COLLECTING: lazy_gettext("Collecting"),
    REVIEWING: lazy_gettext("Reviewing"),
    AWAITING_CALL: lazy_gettext("Awaiting call"),
    CALL_BOOKED: lazy_gettext("Call booked"),
    AWAITING_APPROVAL: lazy_gettext("To approve"),
    HELD: lazy_gettext("Held"),
    APPROVED: lazy_gettext("Approved"),
    ISSUED: lazy_gettext("Issued"),
    REJECTED: lazy_gettext("Rejected"),
    WITHDRAWN: lazy_gettext("Withdrawn"),
    EXPIRED: lazy_gettext("Expired"),
    MERGED: lazy_gettext("Merged"),
}
TONES = {
    COLLECTING: "calm",
    REVIEWING: "accent",
    AWAITING_CALL: "accent",
    CALL_BOOKED: "accent",
    AWAITING_APPROVAL: "warn",
    HELD: "bad",
    APPROVED: "good",
    ISSUED: "good",
    REJECTED: "bad",
    WITHDRAWN: "calm",
    EXPIRED: "calm",
    MERGED: "calm",
}
