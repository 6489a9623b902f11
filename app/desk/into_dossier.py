"""Put a conversation, with the papers that lie beside its messages, into a dossier: an old one or a new one."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select

from app.accounts.models import Person
from app.conversations.find import last_of_the_person
from app.conversations.link import attach_to_dossier
from app.conversations.models import Attachment, Conversation, Message
from app.conversations.reading import Attachment as File
from app.documents.add import add_document
from app.documents.models import Document
from app.dossiers import lifecycle
from app.dossiers.acknowledge import acknowledge
from app.dossiers.find import is_own_address, open_dossier_of
from app.dossiers.makers import add_maker
from app.dossiers.models import Dossier
from app.dossiers.open import open_dossier
from app.intake.papers import looks_like_paper
from app.kernel.actors import Actor
from app.kernel.database import db, fetch, lock, use_case
from app.kernel.errors import Refused
from app.kernel.permissions import Permission
from app.letters.queue import can_receive
from app.vault.keep import read


@use_case
def open_dossier_from(conversation_id: int, *, actor: Actor) -> Dossier:
    """Open a dossier for the person of this conversation, assigned to whoever opens it, and acknowledge it.

    Raises Refused when the conversation has a dossier, its person has an open one, or no letter could reach them.
    """
    actor.must(Permission.DOSSIERS_REVIEW)
    # The person's row is held, so that a mail being filed at this moment does not open a second one.
    person = lock(Person, fetch(Conversation, conversation_id).person_id)
    conversation = lock(Conversation, conversation_id)
    if conversation.dossier_id is not None:
        raise Refused(_("This conversation belongs to a dossier already."))
    if not can_receive(conversation.address):
        raise Refused(_("This mail names no address that an answer could go to."))
    found = open_dossier_of(conversation.address)
    if found is not None:
        raise Refused(
            _("There is already a dossier for this address: %(reference)s.", reference=found.reference)
        )
    dossier = open_dossier(
        person=person, email=conversation.address, phone=None, locale=person.locale, actor=actor
    )
    dossier.assigned_to_id = actor.staff_id
    add_maker(dossier.id, actor=actor, part="editor")
    put_into_dossier(conversation_id, dossier.id, actor=actor)
    acknowledge(dossier.id, conversation_id, answers=last_of_the_person(conversation))
    return dossier


@use_case
def put_into_dossier(conversation_id: int, dossier_id: int, *, actor: Actor) -> int:
    """Tie the conversation to the dossier and make documents of its sender's papers; how many that were.

    A person decides this, where the desk could not be sure who had sent them. Raises Refused for another address's
    dossier: with passports, one wrong click would be a breach.
    """
    actor.must(Permission.DOSSIERS_REVIEW)
    conversation = lock(Conversation, conversation_id)
    dossier = lock(Dossier, dossier_id)
    if not is_own_address(dossier, conversation.address):
        raise Refused(_("This dossier belongs to another address."))
    attach_to_dossier(conversation_id, dossier_id, actor=actor)
    if dossier.status not in lifecycle.TAKES_PAPERS:
        return 0
    papers = [one for one in _attachments(conversation) if _take(one, dossier, actor)]
    return len(papers)


def _attachments(conversation: Conversation) -> list[Attachment]:
    """Files beside the messages of the one this conversation is with, not of others who answered in it."""
    return list(
        db.session.scalars(
            select(Attachment)
            .join(Message, Message.id == Attachment.message_id)
            .where(
                Message.conversation_id == conversation.id, Message.known_party, Message.automatic.is_(None)
            )
            .order_by(Attachment.id)
        )
    )


def _take(attachment: Attachment, dossier: Dossier, actor: Actor) -> bool:
    """Make a document of what looks like a paper; whether it was one."""
    content = read(attachment.file)
    file = File(
        filename=attachment.filename,
        media_type=attachment.media_type,
        content=content,
        sha256=attachment.file.sha256.hex(),
        inline=False,
    )
    if not looks_like_paper(file):
        return False
    make_document(attachment, dossier.id, content=content, actor=actor)
    return True


@use_case
def make_document(attachment: Attachment, dossier_id: int, *, content: bytes, actor: Actor) -> Document:
    """Make a document of a file beside a message; what stood there goes, so that the file is there once."""
    document = add_document(
        dossier_id,
        content=content,
        filename=attachment.filename,
        media_type=attachment.media_type,
        source="mail",
        message_id=attachment.message_id,
        actor=actor,
    )
    stored = attachment.file
    db.session.delete(attachment)
    db.session.flush()
    db.session.delete(stored)
    return document
