"""Staff members, made by the real verb."""

from __future__ import annotations

import secrets

from flask import Flask

from app.kernel.actors import SYSTEM, Actor
from app.kernel.database import db
from app.staff.add import add_staff
from app.staff.models import StaffMember

PASSWORD = "correct horse battery staple"


def staff_member(app: Flask, *roles: str, name: str | None = None, email: str | None = None) -> StaffMember:
    """A staff member with these roles (agent when none is given) whose password is PASSWORD.

    The row is loaded whole and belongs to no session, so that it can be read anywhere.
    """
    chosen = roles or ("agent",)
    name = name or f"{chosen[0].title()} {secrets.token_hex(3)}"
    email = email or f"{secrets.token_hex(6)}@xignature.example"
    with app.app_context():
        member = add_staff(name=name, email=email, roles=chosen, password=PASSWORD, actor=SYSTEM)
        db.session.refresh(member)
        db.session.expunge(member)
        return member


def actor_of(member: StaffMember) -> Actor:
    """The staff member as the actor of a verb."""
    return Actor("staff", member.id, member.permissions)
