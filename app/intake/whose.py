"""Whose mail it is: the person of the conversation it joins, one whom an agent knows by this address, or somebody new."""

from __future__ import annotations

from app.accounts.models import Person
from app.accounts.people import person_for
from app.conversations.parties import agreed_to_be_the_person
from app.conversations.reading import ReadMessage, detect_language, visible_text
from app.dossiers.find import open_dossier_of
from app.intake.sender import address_of
from app.intake.thread import find_place


def person_of(read: ReadMessage, *, verified: bool) -> Person:
    """Whose key the mail and its files are kept under. A further address counts only if it is sure who wrote from it."""
    place = find_place(read, verified=verified)
    if place.conversation is not None:
        return place.conversation.person
    address = address_of(read)
    known = _known_by(address) if verified and open_dossier_of(address) is None else None
    return known or person_for(
        address=address,
        name=read.from_[0].name if read.from_ else "",
        locale=detect_language(f"{read.subject}\n{visible_text(read.text)[0]}"),
    )


def _known_by(address: str) -> Person | None:
    """The one person of whom an agent said that this is an address of theirs; None where it is said of several."""
    people = {one.person_id: one.person for one in agreed_to_be_the_person(address)}
    return next(iter(people.values())) if len(people) == 1 else None
