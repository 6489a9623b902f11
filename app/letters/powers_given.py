"""Tell every supervisor when the shell gave somebody far-reaching roles, past the second administrator."""

from __future__ import annotations

from sqlalchemy import select

from app.kernel.clock import JAKARTA, now
from app.kernel.database import db, fetch
from app.kernel.locale import long_moment
from app.letters.queue import queue_letter
from app.staff.models import Role, StaffMember
from app.staff.roles import RoleName


def tell_supervisors(*, staff_id: int) -> None:
    """Handler of staff.powers_given: one letter to each other supervisor who may sign in."""
    member = fetch(StaffMember, staff_id)
    supervisors = select(StaffMember).where(
        StaffMember.active,
        StaffMember.roles.any(Role.name == RoleName.SUPERVISOR),
        StaffMember.id != staff_id,
    )
    for supervisor in db.session.scalars(supervisors).all():
        queue_letter(
            "staff/powers_given",
            to=supervisor.email,
            locale=supervisor.locale,
            context={
                "reader": supervisor.name,
                "name": member.name,
                "roles": ", ".join(member.role_names),
                "at": long_moment(now().astimezone(JAKARTA), supervisor.locale),
            },
        )
