"""Want another call although one has confirmed the identity."""

from __future__ import annotations

from app.audit.record import record
from app.calls import lifecycle
from app.calls.find import confirmed_call
from app.kernel.actors import Actor
from app.kernel.database import use_case
from app.kernel.permissions import Permission


@use_case
def set_aside_call(dossier_id: int, *, reason: str, actor: Actor) -> None:
    """Let the confirmed call of a dossier count no longer; its record stays. Without one, nothing happens."""
    actor.must(Permission.APPROVALS_DECIDE)
    call = confirmed_call(dossier_id)
    if call:
        call = lifecycle.set_aside(call.id)
        record("call.set_aside", actor=actor, subject=call, dossier_id=dossier_id, reason=reason)
