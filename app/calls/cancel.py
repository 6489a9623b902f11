"""Cancel a booked call, by a person or because the dossier went elsewhere."""

from __future__ import annotations

from flask_babel import gettext

from app.audit.record import record
from app.calls import letters
from app.calls.find import booked_call
from app.calls.lifecycle import CANCELLED, leave_booked
from app.calls.models import Call
from app.dossiers import lifecycle as dossier_lifecycle
from app.dossiers.models import Dossier
from app.kernel.actors import SYSTEM, Actor
from app.kernel.database import fetch, lock, use_case
from app.kernel.errors import InvalidInput
from app.kernel.forms import clean
from app.kernel.permissions import Permission

LONGEST = 2000


@use_case
def cancel_call(call_id: int, *, reason: str, actor: Actor) -> Call:
    """Cancel a booked call; the dossier awaits a call again and both sides are told. Raises Stale when it has ended."""
    actor.must(Permission.CALLS_HOLD)
    if not clean(reason):
        raise InvalidInput(gettext("Please say why the call is cancelled."))
    dossier = lock(Dossier, fetch(Call, call_id).dossier_id)
    reason = clean(reason)[:LONGEST]
    call = _cancel(call_id, dossier, reason, actor, rebook=True)
    dossier_lifecycle.change(dossier.id, "drop_call", actor=actor, reason=reason)
    return call


def dossier_left(*, dossier_id: int, staff_id: int) -> None:
    """Handler: the dossier went back, was held or closed, so a booked call makes no sense any more."""
    call = booked_call(dossier_id)
    if call:
        actor = Actor("staff", staff_id) if staff_id else SYSTEM
        _cancel(call.id, fetch(Dossier, dossier_id), gettext("The dossier changed."), actor, rebook=False)


def _cancel(call_id: int, dossier: Dossier, reason: str, actor: Actor, *, rebook: bool) -> Call:
    call = leave_booked(call_id, CANCELLED, sequence=Call.sequence + 1)
    record("call.cancel", actor=actor, subject=call, dossier_id=dossier.id, reason=reason)
    letters.call_off(call, dossier, rebook=rebook)
    return call
