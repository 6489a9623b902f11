"""Add a staff member, and confirm one with far-reaching roles as a second administrator."""

from __future__ import annotations

from collections.abc import Collection

from email_validator import EmailNotValidError, validate_email
from flask import current_app
from flask_babel import lazy_gettext
from flask_security import hash_password
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.audit.record import record
from app.kernel import events
from app.kernel.actors import Actor
from app.kernel.database import db, lock, use_case
from app.kernel.errors import InvalidInput, Refused
from app.kernel.forms import CONTROL, clean
from app.kernel.permissions import Permission
from app.staff import lifecycle
from app.staff.models import Role, StaffMember
from app.staff.roles import RoleName, combinable, far_reaching

LONGEST_NAME = 100


@use_case
def add_staff(*, name: str, email: str, roles: Collection[str], password: str, actor: Actor) -> StaffMember:
    """Add somebody who may sign in at once; with a far-reaching role given on the screen, only once it is confirmed.

    `roles` are values of RoleName. Raises InvalidInput, Refused for an address already known, NotPermitted.
    """
    actor.must(Permission.STAFF_MANAGE)
    proposed = actor.kind == "staff" and far_reaching(roles)
    member = StaffMember(
        name=checked_name(name),
        email=checked_email(email),
        password=hashed(password),
        status=lifecycle.PENDING if proposed else lifecycle.ACTIVE,
        proposed_by_id=actor.id if proposed else None,
        fs_uniquifier=lifecycle.new_uniquifier(),
        roles=_rows(checked_roles(roles)),
    )
    if db.session.scalar(select(StaffMember.id).where(StaffMember.email == member.email)):
        raise Refused(lazy_gettext("Somebody with this e-mail address is on the list already."))
    db.session.add(member)
    record(
        "staff.propose" if proposed else "staff.add",
        actor=actor,
        subject=member,
        details={"roles": sorted(roles)},
    )
    return member


@use_case
def add_from_shell(
    *, name: str, email: str, roles: Collection[str], password: str, actor: Actor
) -> StaffMember:
    """Add somebody without a second administrator, as only a shell can; far-reaching roles are marked and made known."""
    member = add_staff(name=name, email=email, roles=roles, password=password, actor=actor)
    if far_reaching(roles):
        record("staff.bypass_second_administrator", actor=actor, subject=member)
        events.emit("staff.powers_given", staff_id=member.id)
    return member


@use_case
def confirm_staff(staff_id: int, *, actor: Actor) -> StaffMember:
    """Let a proposed person in; the one who proposed cannot. Raises Refused, Stale, NotPermitted."""
    actor.must(Permission.STAFF_MANAGE)
    if lock(StaffMember, staff_id).proposed_by_id == actor.staff_id:
        raise Refused(lazy_gettext("You proposed this yourself. Another administrator has to confirm it."))
    return lifecycle.change(staff_id, "confirm", actor=actor)


def checked_name(name: str) -> str:
    """The name as it is kept, or InvalidInput."""
    cleaned = clean(name)
    if not cleaned or len(cleaned) > LONGEST_NAME or "\n" in cleaned or CONTROL.search(cleaned):
        raise InvalidInput(
            lazy_gettext("The name is missing, too long, or contains characters that cannot be shown.")
        )
    return cleaned


def checked_email(email: str) -> str:
    """The address in lower case, or InvalidInput."""
    try:
        found = validate_email(email, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise InvalidInput(lazy_gettext("That is not an e-mail address.")) from None
    return str(found.normalized).lower()


def checked_roles(roles: Collection[str]) -> list[str]:
    """The roles, sorted, or InvalidInput: at least one, all known, and fit to be combined."""
    if not roles or not set(roles) <= set(RoleName):
        raise InvalidInput(lazy_gettext("Choose at least one of the four roles."))
    if not combinable(roles):
        raise InvalidInput(lazy_gettext("Nobody is both administrator and agent or supervisor."))
    return sorted(set(roles))


def hashed(password: str) -> str:
    """The argon2 hash, or InvalidInput for a password that is too short."""
    problems, normal = current_app.extensions["security"].password_util.validate(password, True)
    if problems:
        raise InvalidInput(" ".join(str(problem) for problem in problems))
    return str(hash_password(normal))


def _rows(names: list[str]) -> list[Role]:
    db.session.execute(insert(Role).values([{"name": name} for name in names]).on_conflict_do_nothing())
    return list(db.session.scalars(select(Role).where(Role.name.in_(names))))
