"""Look conversations up."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from app.conversations.models import Conversation, Message
from app.kernel.database import db
from app.kernel.errors import NotFound


def by_reference(reference: str) -> Conversation:
    """The conversation with this public reference, or NotFound."""
    found = db.session.scalars(select(Conversation).where(Conversation.reference == reference)).one_or_none()
    if found is None:
        raise NotFound
    return found


def with_any_message(message_ids: Sequence[str]) -> Conversation | None:
    """The newest conversation that holds a message with one of these ids."""
    if not message_ids:
        return None
    return db.session.scalars(
        select(Conversation)
        .join(Message)
        .where(Message.message_id.in_(message_ids))
        .order_by(Message.id.desc())
        .limit(1)
    ).first()


def is_party(conversation: Conversation, address: str) -> bool:
    """Whether this address is the one the conversation is with."""
    return bool(address) and conversation.address.lower() == address.lower()


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
