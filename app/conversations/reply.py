"""Answer a conversation: the staff member's text goes out as a letter in the thread."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import lazy_gettext
from sqlalchemy import select

from app.audit.record import record
from app.conversations import lifecycle
from app.conversations.models import Conversation, Message
from app.conversations.parties import recipient
from app.kernel.actors import Actor
from app.kernel.clock import now
from app.kernel.database import db, fetch, lock, use_case
from app.kernel.errors import InvalidInput, Refused, Stale
from app.kernel.permissions import Permission
from app.letters.models import Letter
from app.letters.queue import queue_letter
from app.staff.models import StaffMember

LONGEST = 20_000
# A second click on the button, or the form posted again by the browser, is not a second answer.
SAME_WITHIN = timedelta(minutes=2)


@use_case
def reply(conversation_id: int, *, text: str, actor: Actor, to: str | None = None) -> Message:
    """Send `text` to the address the conversation is with, or to another that takes part (`to`); never to a Reply-To.

    Raises InvalidInput, Refused.
    """
    actor.must(Permission.CONVERSATIONS_WRITE)
    conversation = lock(Conversation, conversation_id)
    if conversation.merged_into_id is not None:
        raise Stale
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise InvalidInput(lazy_gettext("An answer has between one and 20,000 characters."))
    address = recipient(conversation, to)
    if _said_already(conversation_id, text, address, actor.staff_id):
        raise Refused(lazy_gettext("This answer has just been sent. It was not sent twice."))
    message = _message(conversation, text, _letter(conversation, text, address), actor.staff_id)
    lifecycle.answer(conversation_id)
    record("conversation.reply", actor=actor, subject=message, dossier_id=conversation.dossier_id)
    return message


def _letter(conversation: Conversation, text: str, address: str) -> Letter:
    subject = conversation.subject
    return queue_letter(
        "conversations/reply",
        to=address,
        locale=conversation.person.locale,
        context={"subject": subject if subject.lower().startswith("re:") else f"Re: {subject}", "text": text},
        conversation_id=conversation.id,
        dossier_id=conversation.dossier_id,
    )


def _message(conversation: Conversation, text: str, letter: Letter, author_id: int) -> Message:
    message = Message(
        conversation_id=conversation.id,
        direction="out",
        from_name=fetch(StaffMember, author_id).name,
        from_address=letter.sender,
        sender_verified=True,
        subject=letter.subject,
        text=text,
        message_id=letter.message_id,
        sent_at=now(),
        letter_id=letter.id,
        author_id=author_id,
    )
    db.session.add(message)
    conversation.last_message_at = now()
    db.session.flush()
    return message


def _said_already(conversation_id: int, text: str, address: str, author_id: int) -> bool:
    last = db.session.execute(
        select(Message, Letter.to_address)
        .join(Letter, Letter.id == Message.letter_id)
        .where(Message.conversation_id == conversation_id, Message.direction == "out")
        .order_by(Message.id.desc())
        .limit(1)
    ).one_or_none()
    return (
        last is not None
        and (last[0].text, last[0].author_id, last[1]) == (text, author_id, address)
        and now() - last[0].created_at < SAME_WITHIN
    )
