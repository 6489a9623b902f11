"""Whose dossier it is, and the address that letters and personal links go to: the applicant's own, or not known yet.

HR, a lawyer or a colleague may have sent the papers. Their address never becomes an applicant's: whoever holds a personal
link makes the key of the certificate.
"""

from __future__ import annotations

from flask_babel import force_locale, gettext, lazy_gettext
from sqlalchemy import exists, select

from app.accounts.models import Account, Person
from app.accounts.people import person_for
from app.audit.record import record
from app.conversations import lifecycle as conversation_lifecycle
from app.conversations.carry import give_to
from app.conversations.models import Conversation, Party
from app.conversations.open import open_conversation
from app.conversations.parties import PartyRole, add_party
from app.documents.models import Document
from app.documents.move import hand_files_over
from app.dossiers import lifecycle
from app.dossiers.acknowledge import acknowledge
from app.dossiers.evidence import touch
from app.dossiers.find import open_dossier_of
from app.dossiers.makers import add_maker
from app.dossiers.models import Dossier
from app.dossiers.move import settle
from app.kernel.actors import SYSTEM, Actor
from app.kernel.database import db, fetch, lock, use_case
from app.kernel.errors import Refused
from app.kernel.permissions import Permission
from app.letters.addresses import is_ours
from app.letters.queue import checked_address


@use_case
def learn_address(dossier_id: int, *, email: str, actor: Actor) -> Dossier:
    """The applicant's own address became known: letters and links go there from now on, for good.

    The applicant is told what arrived and what is missing. Raises InvalidInput for what is no address, Refused when one is
    known already, when the address has a dossier, or when it wrote on the applicant's behalf.
    """
    actor.must(Permission.DOSSIERS_REVIEW)
    address = own_address(email)
    known = fetch(Dossier, dossier_id)
    person = person_for(address=address, name=known.person.name, locale=known.locale)
    # The person of before too: mail to the thread that waits is filed while that one is held.
    for person_id in sorted({person.id, known.person_id}):
        lock(Person, person_id)
    conversation = _waiting_conversation(dossier_id)
    dossier = lock(Dossier, dossier_id)
    if dossier.email:
        raise Refused(
            lazy_gettext("The applicant's address is known already. Links go there only, for good.")
        )
    _refuse_who_wrote_for_them(dossier, address)
    give_dossier(dossier, person=person, email=address, actor=actor)
    talk = _talk(dossier, conversation)
    acknowledge(dossier.id, talk.id)
    settle([dossier.id], actor=actor)
    return dossier


def give_dossier(dossier: Dossier, *, person: Person, email: str, actor: Actor) -> None:
    """Make a held dossier this person's, its files theirs, its letters' address `email` ("" when it is not known).

    A phone number that a mail brought was its sender's, so it goes when the address changes from one to another. Raises
    Refused when the address has a dossier, or this one has an account or a call ahead.
    """
    refuse_taken(email, but=dossier.id)
    if dossier.status not in lifecycle.BEFORE_APPROVAL or _has_account(dossier.id):
        raise Refused(lazy_gettext("This dossier has been decided on, so its address stays as it is."))
    if dossier.status == lifecycle.CALL_BOOKED:
        raise Refused(
            gettext("%(reference)s has a call booked. Cancel the call first.", reference=dossier.reference)
        )
    touch(dossier, actor=actor)
    before = {"email": dossier.email, "phone": dossier.phone, "person": dossier.person_id}
    if dossier.email:
        dossier.phone = None
    dossier.person_id, dossier.email = person.id, email
    db.session.flush()
    db.session.expire(dossier, ["person"])
    for document in _documents(dossier.id):
        hand_files_over(document, person.key_owner)
    add_maker(dossier.id, actor=actor, part="editor")
    details = {"before": before, "after": {"email": email, "person": person.id}}
    record("dossier.give", actor=actor, subject=dossier, dossier_id=dossier.id, details=details)


def own_address(email: str) -> str:
    """An address that a person can have, in lower case; InvalidInput for another, Refused for one of ours."""
    address = checked_address(email.strip().lower())
    if is_ours(address):
        raise Refused(lazy_gettext("This is an address of our own."))
    return address


def refuse_taken(email: str, *, but: int | None = None) -> None:
    """Refused when the address has a dossier that goes on."""
    found = open_dossier_of(email)
    if found is not None and found.id != but:
        raise Refused(
            gettext("There is already a dossier for this address: %(reference)s.", reference=found.reference)
        )


def open_own_conversation(dossier: Dossier, *, subject: str, behalf: tuple[str, str] | None) -> Conversation:
    """A thread for the dossier's own applicant, answered as it begins with our letter; its address may be unknown yet.

    `behalf` is the (address, name) of whoever sent the papers: they get ordinary answers in it, never a link.
    """
    talk = open_conversation(person=dossier.person, address=dossier.email, subject=subject)
    talk.dossier_id = dossier.id
    conversation_lifecycle.answer(talk.id)
    if behalf is not None:
        address, name = behalf
        add_party(talk.id, address=address, name=name, role=PartyRole.ON_BEHALF, actor=SYSTEM)
    return talk


def _talk(dossier: Dossier, waiting: Conversation | None) -> Conversation:
    """The thread that was opened when the address was not known yet, or a new one."""
    if waiting is None:
        with force_locale(dossier.locale):
            subject = gettext("Your registration %(reference)s", reference=dossier.reference)
        return open_own_conversation(dossier, subject=subject, behalf=None)
    waiting.address = dossier.email
    give_to(waiting, dossier.person)
    add_party(
        waiting.id,
        address=dossier.email,
        name=dossier.person.name,
        role=PartyRole.SELF,
        actor=SYSTEM,
    )
    return waiting


def _waiting_conversation(dossier_id: int) -> Conversation | None:
    found = db.session.scalar(
        select(Conversation.id)
        .where(Conversation.dossier_id == dossier_id, Conversation.address == "")
        .limit(1)
    )
    return lock(Conversation, found) if found is not None else None


def _refuse_who_wrote_for_them(dossier: Dossier, address: str) -> None:
    if wrote_on_behalf(dossier.id, address):
        raise Refused(
            lazy_gettext(
                "This address sent the papers on the applicant's behalf. Personal links go to the applicant's own "
                "address only."
            )
        )


def wrote_on_behalf(dossier_id: int, address: str) -> bool:
    """Whether an address takes part in a conversation of this dossier on the applicant's behalf."""
    found = exists().where(
        Party.conversation_id == Conversation.id,
        Conversation.dossier_id == dossier_id,
        Party.address == address,
        Party.role == PartyRole.ON_BEHALF,
    )
    return bool(db.session.scalar(select(found)))


def _has_account(dossier_id: int) -> bool:
    return bool(db.session.scalar(select(exists().where(Account.dossier_id == dossier_id))))


def _documents(dossier_id: int) -> list[Document]:
    return list(
        db.session.scalars(select(Document).where(Document.dossier_id == dossier_id).order_by(Document.id))
    )
