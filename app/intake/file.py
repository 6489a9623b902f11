"""File one received mail: conversation, message, dossier, documents, and the letter that says so, in one transaction."""

from __future__ import annotations

from app.accounts.models import Person
from app.conversations import lifecycle as conversation_lifecycle
from app.conversations.models import Message
from app.conversations.open import open_conversation
from app.conversations.parties import is_party
from app.conversations.reading import ReadMessage, read_message
from app.conversations.receive import add_message
from app.intake import lifecycle
from app.intake.answer import acknowledge_mail
from app.intake.dossier import file_papers
from app.intake.models import ReceivedMail
from app.intake.sender import address_of, as_it_came_back, is_verified
from app.intake.thread import find_place, note_stranger
from app.intake.twins import find_twin
from app.intake.whose import person_of
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
    raw = read_file(raw_file)
    read = as_it_came_back(read_message(raw))
    verified = is_verified(read)
    # Held until the end, so that two mails of one person are filed one after the other: one dossier, not two.
    person = lock(Person, person_of(read, verified=verified).id)
    twin = find_twin(read, raw, raw_file, person, verified=verified)
    if twin is not None:
        hand_over(raw_file, twin.conversation.person.key_owner)
        lifecycle.file_as(mail, twin.id)
        return twin
    message = _file_new(read, raw_file, person, verified=verified)
    lifecycle.file_as(mail, message.id)
    return message


def _file_new(read: ReadMessage, raw_file: StoredFile, person: Person, *, verified: bool) -> Message:
    place = find_place(read, verified=verified)
    conversation = place.conversation or open_conversation(
        person=person, address=address_of(read), subject=read.subject
    )
    waited = place.conversation is not None and conversation.status == conversation_lifecycle.OPEN
    hand_over(raw_file, conversation.person.key_owner)
    note_stranger(place, read)
    message = add_message(
        conversation,
        read,
        sender_verified=verified,
        known_party=is_party(conversation, address_of(read)),
        raw_file=raw_file,
        hints=place.hints,
    )
    if read.bounce is not None and read.bounce.action in ("", "failed"):
        note_bounce(read.bounce.message_id, read.bounce.status)
    filed = file_papers(message, read, proven=place.proven)
    acknowledge_mail(message, filed, is_new=place.conversation is None, waited=waited)
    return message
