"""Jobs of staff."""

from __future__ import annotations

from app.audit.record import record
from app.kernel.actors import SYSTEM
from app.kernel.database import fetch, use_case
from app.kernel.jobs import job, periodic
from app.staff import lock_out
from app.staff.models import StaffMember

# The job's argument where nobody has the address that somebody typed.
NOBODY = 0


@job("staff.note_failure")
@use_case
def note_failure(staff_id: int, locked: int) -> None:
    """Write a failed sign-in to the trail, and the lock if that was the failure that `locked` (1); for NOBODY nothing.

    A job, because in the sign-in itself the time for it would tell who works here.
    """
    if staff_id == NOBODY:
        return
    member = fetch(StaffMember, staff_id)
    record("staff.fail_sign_in", actor=SYSTEM, subject=member)
    if locked:
        record("staff.lock_sign_in", actor=SYSTEM, subject=member)


@periodic("staff.forget_failures", "37 * * * *")
def forget_failures() -> None:
    """Every hour: failed sign-ins that count no longer."""
    lock_out.forget_old()
