"""Open a dossier: by mail, or by an agent's hand."""

from __future__ import annotations

from flask_babel import gettext
from sqlalchemy import select

from app.accounts.models import Person
from app.accounts.people import person_for
from app.audit.record import record
from app.dossiers.applicant import phone_number
from app.dossiers.find import open_dossier_of
from app.dossiers.makers import add_maker
from app.dossiers.models import Dossier
from app.kernel import events
from app.kernel.actors import Actor
from app.kernel.database import db, lock, use_case
from app.kernel.errors import InvalidInput, Refused
from app.kernel.locale import LANGUAGES
from app.kernel.permissions import Permission
from app.kernel.tokens import reference


@use_case
def open_dossier(*, person: Person, email: str, phone: str | None, locale: str, actor: Actor) -> Dossier:
    """A new dossier that collects documents. Letters and links will go to `email` only, for good.

    `phone` is E.164 or None, `locale` en or id. Emits dossier.opened (dossier_id).
    """
    actor.must(Permission.DOSSIERS_REVIEW)
    dossier = Dossier(
        reference=_free_reference(),
        person_id=person.id,
        email=email.strip().lower(),
        phone=phone,
        locale=locale if locale in LANGUAGES else "en",
    )
    db.session.add(dossier)
    db.session.flush()
    record("dossier.open", actor=actor, subject=dossier, dossier_id=dossier.id)
    events.emit("dossier.opened", dossier_id=dossier.id)
    return dossier


@use_case
def open_by_hand(*, name: str, email: str, phone: str | None, locale: str, actor: Actor) -> Dossier:
    """Open a dossier for somebody who did not write; it is assigned to whoever opens it.

    Raises InvalidInput for a phone number that cannot be called, Refused when the address has an open dossier already.
    """
    actor.must(Permission.DOSSIERS_REVIEW)
    if not name.strip():
        raise InvalidInput
    # The person's row is held, so that two agents who type the same address at once open one dossier.
    person = lock(Person, person_for(address=email, name=name.strip(), locale=locale).id)
    found = open_dossier_of(email)
    if found:
        raise Refused(
            gettext("There is already a dossier for this address: %(reference)s.", reference=found.reference)
        )
    dossier = open_dossier(person=person, email=email, phone=phone_number(phone), locale=locale, actor=actor)
    dossier.assigned_to_id = actor.staff_id
    add_maker(dossier.id, actor=actor, part="editor")
    return dossier


def _free_reference() -> str:
    while True:
        candidate = reference("D")
        if db.session.scalar(select(Dossier.id).where(Dossier.reference == candidate)) is None:
            return candidate
