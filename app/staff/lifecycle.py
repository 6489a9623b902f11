"""All status changes of a staff member: by compare-and-set, each with an entry in the trail."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext

from app.audit.record import record
from app.kernel.actors import Actor
from app.kernel.database import change_status, fetch
from app.kernel.errors import Stale
from app.kernel.permissions import Permission
from app.staff.models import StaffMember

ACTIVE = "active"
PENDING = "pending"
DISABLED = "disabled"


@dataclass(frozen=True)
class Transition:
    """From which states to which."""

    was: tuple[str, ...]
    becomes: str


TRANSITIONS = {
    "confirm": Transition((PENDING,), ACTIVE),
    "disable": Transition((ACTIVE, PENDING), DISABLED),
    "enable": Transition((DISABLED,), ACTIVE),
    "propose": Transition((DISABLED,), PENDING),
}
LABELS = {
    ACTIVE: lazy_gettext("Active"),
    PENDING: lazy_gettext("Waits for a second administrator"),
    DISABLED: lazy_gettext("Disabled"),
}
TONES = {ACTIVE: "good", PENDING: "warn", DISABLED: "calm"}


def change(staff_id: int, name: str, *, actor: Actor, **values: Any) -> StaffMember:
    """Take one named transition and end every session of that person, or raise Stale or NotPermitted."""
    actor.must(Permission.STAFF_MANAGE)
    transition = TRANSITIONS[name]
    values |= {"fs_uniquifier": new_uniquifier()}
    if not change_status(StaffMember, staff_id, was=transition.was, becomes=transition.becomes, **values):
        raise Stale
    member = fetch(StaffMember, staff_id)
    record(f"staff.{name}", actor=actor, subject=member)
    return member


def new_uniquifier() -> str:
    """What sessions are bound to; a new one ends them all."""
    return uuid.uuid4().hex
