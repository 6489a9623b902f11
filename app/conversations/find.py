"""Look conversations up."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists, func, select

from app.conversations.models import Conversation, Message, Party
from app.conversations.parties import AGREED
from app.kernel.database import db
from app.kernel.errors import NotFound


def by_reference(reference: str) -> Conversation:
    """The conversation with this public reference, or NotFound."""
    found = db.session.scalars(select(Conversation).where(Conversation.reference == reference)).one_or_none()
    if found is None:
        raise NotFound
    return found


def kept(conversation: Conversation) -> Conversation:
    """The conversation itself, or the one it was merged into, as the database has it now."""
    into = db.session.scalar(select(Conversation.merged_into_id).where(Conversation.id == conversation.id))
    return conversation if into is None else db.session.get_one(Conversation, into)


def with_any_message(message_ids: Sequence[str], *, of: str) -> Conversation | None:
    """The newest conversation that holds a message with one of these ids; one in which `of` takes part comes first."""
    if not message_ids:
        return None
    takes_part = exists().where(
        Party.conversation_id == Conversation.id, Party.address == of.lower(), Party.role.in_(AGREED)
    )
    return db.session.scalars(
        select(Conversation)
        .join(Message)
        .where(Message.message_id.in_(message_ids))
        .order_by(takes_part.desc(), Message.id.desc())
        .limit(1)
    ).first()


def last_of_the_person(conversation: Conversation) -> Message | None:
    """The newest message from the address that the conversation is with."""
    query = select(Message).where(
        Message.conversation_id == conversation.id,
        Message.direction == "in",
        func.lower(Message.from_address) == conversation.address.lower(),
    )
    return db.session.scalars(query.order_by(Message.id.desc()).limit(1)).first()


def received_before(message_id: str | None, person_id: int, address: str) -> Sequence[Message]:
    """Messages that came in with this Message-ID; for mail without one, this person's other mail without one."""
    query = select(Message).where(
        Message.direction == "in", func.lower(Message.from_address) == address.lower()
    )
    if message_id is not None:
        return db.session.scalars(query.where(Message.message_id == message_id)).all()
    return db.session.scalars(
        query.join(Conversation).where(Message.message_id.is_(None), Conversation.person_id == person_id)
    ).all()
