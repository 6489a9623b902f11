"""Who works on a dossier."""

from __future__ import annotations

from flask_babel import lazy_gettext
from sqlalchemy import select

from app.audit.record import record
from app.dossiers import lifecycle
from app.dossiers.models import Dossier
from app.dossiers.saved_views import to_review
from app.kernel.actors import Actor
from app.kernel.database import db, fetch, lock, use_case
from app.kernel.errors import InvalidInput, Refused
from app.kernel.permissions import Permission
from app.staff.models import StaffMember


@use_case
def assign(dossier_id: int, *, staff_id: int | None, actor: Actor) -> Dossier:
    """Give a dossier to a staff member who may review, or to nobody. Raises InvalidInput, Refused when it is closed."""
    actor.must(Permission.DOSSIERS_REVIEW)
    dossier = lock(Dossier, dossier_id)
    if dossier.status not in lifecycle.OPEN:
        raise Refused(lazy_gettext("A closed dossier is not assigned to anybody."))
    if staff_id is not None and not _may_review(fetch(StaffMember, staff_id)):
        raise InvalidInput(lazy_gettext("This person does not review dossiers."))
    return _give(dossier, staff_id, actor)


@use_case
def assign_many(dossier_ids: list[int], *, staff_id: int | None, actor: Actor) -> int:
    """Give many dossiers at once, all or none; how many. Locked in the order of their ids, so that two never deadlock."""
    for dossier_id in sorted(set(dossier_ids)):
        assign(dossier_id, staff_id=staff_id, actor=actor)
    return len(set(dossier_ids))


@use_case
def take(dossier_id: int, actor: Actor) -> Dossier:
    """Take a dossier that nobody has; Refused when somebody else has it."""
    actor.must(Permission.DOSSIERS_REVIEW)
    dossier = lock(Dossier, dossier_id)
    if dossier.assigned_to_id not in (None, actor.staff_id):
        raise Refused(
            lazy_gettext("Somebody else has this dossier by now. Assign it to yourself if you agreed so.")
        )
    return assign(dossier_id, staff_id=actor.staff_id, actor=actor)


@use_case
def take_next(actor: Actor) -> Dossier | None:
    """Take the dossier that has waited longest for a review and that nobody has; None when there is none.

    A row that another agent is just taking is skipped, so two agents never get the same.
    """
    actor.must(Permission.DOSSIERS_REVIEW)
    waiting = (
        select(Dossier.id)
        .where(to_review(), Dossier.assigned_to_id.is_(None))
        .order_by(Dossier.status_since, Dossier.id)
        .limit(1)
        .with_for_update(of=Dossier, skip_locked=True)
    )
    found = db.session.scalar(waiting)
    return None if found is None else _give(lock(Dossier, found), actor.staff_id, actor)


def oldest_of(actor: Actor) -> Dossier | None:
    """The dossier of this person that has waited longest for a review."""
    own = select(Dossier).where(to_review(), Dossier.assigned_to_id == actor.staff_id)
    return db.session.scalar(own.order_by(Dossier.status_since, Dossier.id).limit(1))


def reviewers() -> list[StaffMember]:
    """Everybody who can be given a dossier, by name."""
    active = db.session.scalars(select(StaffMember).where(StaffMember.active).order_by(StaffMember.name))
    return [member for member in active if _may_review(member)]


def _may_review(member: StaffMember) -> bool:
    return member.active and Permission.DOSSIERS_REVIEW in member.permissions


def _give(dossier: Dossier, staff_id: int | None, actor: Actor) -> Dossier:
    if dossier.assigned_to_id != staff_id:
        dossier.assigned_to_id = staff_id
        details = {"staff_id": staff_id}
        record("dossier.assign", actor=actor, subject=dossier, dossier_id=dossier.id, details=details)
    return dossier
