"""Who writes to us."""

from __future__ import annotations

import secrets

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.accounts.models import Person
from app.kernel.database import db, use_case


@use_case
def person_for(*, address: str, name: str, locale: str) -> Person:
    """The person with this e-mail address in whatever case, made with an own key if new; "" makes one without address.

    `name` is used for a new person, and for a known one who had none but the address; `locale` for a new one.
    """
    email = address.strip().lower() or None
    known = name.strip() or email or "?"
    # Two mails of one new person may be filed at once: the second waits here and then finds the first one's row.
    made = db.session.execute(
        insert(Person)
        .values(key_owner=f"person-{secrets.token_hex(12)}", name=known, email=email, locale=locale)
        .on_conflict_do_nothing(index_elements=["email"])
        .returning(Person.id)
    ).scalar_one_or_none()
    chosen = Person.id == made if made is not None else Person.email == email
    person = db.session.scalars(select(Person).where(chosen)).one()
    if name.strip() and person.name == person.email:
        person.name = name.strip()
    return person
