"""Conversations with what came in. Everything here needs an application context."""

from __future__ import annotations

import secrets

from app.conversations.link import attach_to_dossier
from app.conversations.models import Conversation, Message
from app.conversations.open import open_conversation
from app.conversations.reading import Address, ReadMessage
from app.conversations.receive import add_message
from app.dossiers.models import Dossier
from app.kernel.actors import SYSTEM
from app.kernel.database import db, use_case
from app.vault.keep import keep


def read_message(*, name: str, address: str, text: str, subject: str) -> ReadMessage:
    """A plain mail of a person, as the reader gives it."""
    return ReadMessage(
        message_id=f"<{secrets.token_hex(8)}@utopia.example>",
        in_reply_to=None,
        references=(),
        from_=(Address(name=name, address=address),),
        to=(),
        cc=(),
        reply_to=(),
        subject=subject,
        sent_at=None,
        text=text,
        html=None,
        attachments=(),
        automatic=None,
        bounce=None,
        authentication_results=(),
        defects=(),
    )


@use_case
def talking(dossier: Dossier, text: str = "Here are my documents.") -> Conversation:
    """The conversation in which this dossier's applicant wrote `text`."""
    conversation = open_conversation(person=dossier.person, address=dossier.email, subject="Registration")
    attach_to_dossier(conversation.id, dossier.id, actor=SYSTEM)
    wrote(conversation, text)
    return conversation


@use_case
def wrote(conversation: Conversation, text: str) -> Message:
    """One more mail of the person in a conversation."""
    conversation = db.session.get_one(Conversation, conversation.id)
    read = read_message(
        name=conversation.person.name, address=conversation.address, text=text, subject="Registration"
    )
    raw = keep(conversation.person.key_owner, text.encode())
    return add_message(conversation, read, sender_verified=True, known_party=True, raw_file=raw)
