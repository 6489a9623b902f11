"""File one received mail: conversation, message, dossier, documents, and the letter that says so, in one transaction."""

from __future__ import annotations

from flask import current_app

from app.accounts.models import Person
from app.accounts.people import person_for
from app.conversations import lifecycle as conversation_lifecycle
from app.conversations.models import Conversation, Message
from app.conversations.open import open_conversation
from app.conversations.reading import ReadMessage, detect_language, read_message, visible_text
from app.conversations.receive import add_message
from app.intake import lifecycle
from app.intake.answer import acknowledge_mail
from app.intake.dossier import file_papers
from app.intake.models import ReceivedMail
from app.intake.sender import address_of, sender_verified
from app.intake.thread import Place, find_place
from app.intake.twins import find_twin
from app.kernel.database import db, lock, use_case
from app.letters.bounce import note_bounce
from app.vault.keep import hand_over
from app.vault.keep import read as read_file
from app.vault.models import StoredFile


@use_case
def file_mail(received_id: int) -> Message | None:
    """File the mail, once. Killed before the commit, nothing of it is there and it can be done again.

    None when it was filed or quarantined meanwhile. The same letter taken in twice (two copies in the mailbox, or a
    server that numbered its messages anew) is filed as the message it already is.
    """
    mail = lock(ReceivedMail, received_id)
    if mail.status != lifecycle.RECEIVED or mail.raw_file_id is None:
        return None
    raw_file = db.session.get_one(StoredFile, mail.raw_file_id)
    read = read_message(read_file(raw_file))
    # Held until the end, so that two mails of one person are filed one after the other: one dossier, not two.
    person = lock(Person, _person(read).id)
    twin = find_twin(read, raw_file, person)
    if twin is not None:
        hand_over(raw_file, twin.conversation.person.key_owner)
        lifecycle.file_as(mail, twin.id)
        return twin
    message = _file_new(read, raw_file, person, silent=mail.silent)
    lifecycle.file_as(mail, message.id)
    return message


def _file_new(read: ReadMessage, raw_file: StoredFile, person: Person, *, silent: bool) -> Message:
    place = find_place(read)
    conversation = place.conversation or open_conversation(
        person=person, address=address_of(read), subject=read.subject
    )
    waited = place.conversation is not None and conversation.status == conversation_lifecycle.OPEN
    hand_over(raw_file, conversation.person.key_owner)
    message = _add_message(conversation, read, place, raw_file)
    if read.bounce is not None and read.bounce.action in ("", "failed"):
        note_bounce(read.bounce.message_id, read.bounce.status)
    filed = file_papers(message, read, by_token=place.by_token)
    if not silent:
        acknowledge_mail(message, filed, is_new=place.conversation is None, waited=waited)
    return message


def _add_message(
    conversation: Conversation, read: ReadMessage, place: Place, raw_file: StoredFile
) -> Message:
    settings = current_app.extensions["desk_settings"]
    return add_message(
        conversation,
        read,
        sender_verified=sender_verified(read, settings.mail_authserv_id),
        known_party=conversation.address.lower() == address_of(read).lower(),
        raw_file=raw_file,
        hints=place.hints,
    )


def _person(read: ReadMessage) -> Person:
    """Whose mail this is: of the conversation it joins, else the sender."""
    place = find_place(read)
    if place.conversation is not None:
        return place.conversation.person
    return person_for(
        address=address_of(read),
        name=read.from_[0].name if read.from_ else "",
        locale=detect_language(f"{read.subject}\n{visible_text(read.text)[0]}"),
    )
