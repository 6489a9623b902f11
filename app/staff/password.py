"""Give somebody a new password who lost theirs or is locked out."""

from __future__ import annotations

from app.audit.record import record
from app.kernel.actors import Actor
from app.kernel.database import lock, use_case
from app.kernel.errors import NotPermitted
from app.staff.add import hashed
from app.staff.lifecycle import new_uniquifier
from app.staff.lock_out import lift
from app.staff.models import StaffMember


@use_case
def reset_password(staff_id: int, *, password: str, actor: Actor) -> None:
    """Set a password, lift a lock, end every session. Raises InvalidInput, and NotPermitted for anybody but the shell.

    On the screen an administrator could otherwise sign in as a supervisor and decide in that name.
    """
    if actor.kind != "system":
        raise NotPermitted
    member = lock(StaffMember, staff_id)
    member.password = hashed(password)
    lift(member.email)
    member.fs_uniquifier = new_uniquifier()
    record("staff.reset_password", actor=actor, subject=member)
