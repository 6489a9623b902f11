"""Which language a person's letters are written in."""

from __future__ import annotations

from flask_babel import lazy_gettext

from app.accounts.models import Person
from app.audit.record import record
from app.kernel.actors import Actor
from app.kernel.database import lock, use_case
from app.kernel.errors import InvalidInput
from app.kernel.locale import LANGUAGES
from app.kernel.permissions import Permission


@use_case
def speak(person_id: int, language: str, *, actor: Actor) -> Person:
    """Write to this person in English (en) or Indonesian (id) from now on. InvalidInput for another language."""
    actor.must(Permission.CONVERSATIONS_WRITE)
    if language not in LANGUAGES:
        raise InvalidInput(lazy_gettext("Letters are written in English or Indonesian."))
    person = lock(Person, person_id)
    if person.locale != language:
        details = {"before": person.locale, "after": language}
        person.locale = language
        record("person.language", actor=actor, subject=person, details=details)
    return person
