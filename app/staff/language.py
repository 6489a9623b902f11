"""The language a staff member reads in."""

from __future__ import annotations

from app.kernel.actors import Actor
from app.kernel.database import lock, use_case
from app.kernel.errors import InvalidInput
from app.kernel.locale import LANGUAGES
from app.staff.models import StaffMember


@use_case
def choose_language(language: str, *, actor: Actor) -> None:
    """Remember the language for this person's next sign-in, or raise InvalidInput."""
    if language not in LANGUAGES:
        raise InvalidInput
    lock(StaffMember, actor.staff_id).locale = language
