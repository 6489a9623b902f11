"""Record what came out of a call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from flask_babel import gettext, lazy_gettext

from app.audit.record import record
from app.calls import lifecycle
from app.calls.checklist import ITEMS, KEYS, Item
from app.calls.models import Call
from app.dossiers import lifecycle as dossier_lifecycle
from app.dossiers.edit import applicant_version
from app.dossiers.makers import add_maker
from app.dossiers.models import Dossier
from app.kernel.actors import Actor
from app.kernel.clock import now
from app.kernel.database import fetch, lock, use_case
from app.kernel.errors import InvalidInput, Refused
from app.kernel.forms import clean
from app.kernel.permissions import Permission

# Two people who are both there may begin a little early.
EARLY = timedelta(minutes=15)
LONGEST = 4000
NEXT = {
    lifecycle.CONFIRMED: "confirm_identity",
    lifecycle.FAILED: "drop_call",
    lifecycle.ABORTED: "drop_call",
    lifecycle.NO_SHOW: "drop_call",
    lifecycle.SUSPECTED_FRAUD: "suspect_fraud",
}


class DataEdited(Refused):
    """Raised when the applicant's data were edited after the page with the checklist was opened (409)."""

    default = lazy_gettext(
        "The applicant's data were edited while the call was held, so nothing was recorded. Compare them as they are "
        "now, in the items below, and record the outcome again."
    )


@use_case
def record_outcome(
    call_id: int,
    *,
    answers: Mapping[str, str],
    outcome: str,
    note: str,
    actor: Actor,
    seen: str | None = None,
) -> Call:
    """Record checklist answers (item key → yes, no or nothing) and the outcome; the note is mandatory.

    Identity is confirmed only when every item is a yes, only by whom the call is booked with, and at the
    earliest 15 minutes before its time. `seen` is the `applicant_version` that the items were compared with: identity
    is not confirmed on other data. Raises InvalidInput, Refused, Stale, NotPermitted.
    """
    actor.must(Permission.CALLS_HOLD)
    call = fetch(Call, call_id)
    dossier = lock(Dossier, call.dossier_id)
    note = clean(note)[:LONGEST]
    _check(call, answers, outcome, note, actor)
    if outcome == lifecycle.CONFIRMED and seen is not None and seen != applicant_version(dossier):
        raise DataEdited
    at = now()
    kept = {
        key: {"answer": answers[key], "at": at.isoformat()}
        for key in KEYS
        if answers.get(key) in ("yes", "no")
    }
    call = lifecycle.leave_booked(
        call.id, outcome, answers=kept, note=note, recorded_by_id=actor.staff_id, recorded_at=at
    )
    record(
        "call." + outcome,
        actor=actor,
        subject=call,
        dossier_id=dossier.id,
        reason=note,
        details={"answers": kept},
    )
    add_maker(dossier.id, actor=actor, part="caller")
    dossier_lifecycle.change(dossier.id, NEXT[outcome], actor=actor, reason=note)
    return call


def _check(call: Call, answers: Mapping[str, str], outcome: str, note: str, actor: Actor) -> None:
    if outcome not in lifecycle.OUTCOMES:
        raise InvalidInput(gettext("Please choose an outcome."))
    if not note:
        raise InvalidInput(gettext("Please write a note about the call."))
    if call.status == lifecycle.BOOKED and (reason := why_not(call, actor)):
        raise Refused(reason)
    if outcome == lifecycle.CONFIRMED and (still := open_items(answers)):
        listed = ", ".join(str(item.label) for item in still)
        raise InvalidInput(
            gettext("Identity cannot be confirmed while these are open: %(items)s.", items=listed)
        )


def open_items(answers: Mapping[str, str]) -> list[Item]:
    """The items that are not answered with yes; while there is one, identity is not confirmed."""
    return [item for item in ITEMS if answers.get(item.key) != "yes"]


def why_not(call: Call, actor: Actor) -> str | None:
    """Why this person cannot record this call now, in one sentence, or None when they can."""
    if call.status != lifecycle.BOOKED:
        return gettext("This call has ended.")
    if call.staff_id != actor.id:
        return gettext("Only the person who held the call records it. Cancel it and book it anew otherwise.")
    if call.starts_at - now() > EARLY:
        return gettext("This call has not begun. It can be recorded from 15 minutes before its time on.")
    return None
