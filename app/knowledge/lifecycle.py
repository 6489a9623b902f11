"""All status changes of a macro: active ⇄ retired. Compare-and-set."""

from __future__ import annotations

from flask_babel import lazy_gettext

from app.audit.record import record
from app.kernel.actors import Actor
from app.kernel.database import change_status, use_case
from app.kernel.errors import Stale
from app.kernel.permissions import Permission
from app.knowledge.models import Macro

ACTIVE = "active"
RETIRED = "retired"

LABELS = {ACTIVE: lazy_gettext("In use"), RETIRED: lazy_gettext("Put away")}
TONES = {ACTIVE: "good", RETIRED: "quiet"}


@use_case
def retire(macro: Macro, *, actor: Actor) -> None:
    """active → retired: it is offered no more. Stale when it is already."""
    _change(macro, ACTIVE, RETIRED, "macro.retire", actor)


@use_case
def bring_back(macro: Macro, *, actor: Actor) -> None:
    """retired → active. Stale when it is already."""
    _change(macro, RETIRED, ACTIVE, "macro.bring_back", actor)


def _change(macro: Macro, was: str, becomes: str, verb: str, actor: Actor) -> None:
    actor.must(Permission.MACROS_EDIT)
    if not change_status(Macro, macro.id, was=was, becomes=becomes):
        raise Stale
    record(verb, actor=actor, subject=macro)
