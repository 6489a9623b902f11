"""Keep somebody out, and let somebody in again."""

from __future__ import annotations

from flask_babel import lazy_gettext

from app.kernel.actors import Actor
from app.kernel.database import lock, use_case
from app.kernel.errors import Refused
from app.kernel.permissions import Permission
from app.staff import lifecycle
from app.staff.lock_out import lift
from app.staff.models import StaffMember
from app.staff.roles import far_reaching


@use_case
def disable_staff(staff_id: int, *, actor: Actor) -> StaffMember:
    """Keep somebody out: no sign-in, and every session ends now. Raises Refused for oneself, Stale, NotPermitted."""
    actor.must(Permission.STAFF_MANAGE)
    if actor.kind == "staff" and actor.id == staff_id:
        raise Refused(lazy_gettext("You cannot disable yourself. Ask another administrator."))
    return lifecycle.change(staff_id, "disable", actor=actor)


@use_case
def enable_staff(staff_id: int, *, actor: Actor) -> StaffMember:
    """Let somebody in again; far-reaching roles need a second administrator here too. Raises Stale, NotPermitted."""
    actor.must(Permission.STAFF_MANAGE)
    member = lock(StaffMember, staff_id)
    if actor.kind == "staff" and far_reaching(member.role_names):
        return lifecycle.change(staff_id, "propose", actor=actor, proposed_by_id=actor.id)
    lift(member.email)
    return lifecycle.change(staff_id, "enable", actor=actor)
