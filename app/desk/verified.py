"""Whether our mail server vouches for who wrote a conversation's newest mail, for lists of conversations."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from app.conversations.models import Message
from app.kernel.database import db


def senders_verified(conversation_ids: Iterable[int]) -> dict[int, bool]:
    """By conversation; one that nobody wrote into is missing. One look into the database however many there are."""
    query = (
        select(Message.conversation_id, Message.sender_verified)
        .where(Message.conversation_id.in_(list(conversation_ids)), Message.direction == "in")
        .ext(distinct_on(Message.conversation_id))
        .order_by(Message.conversation_id, Message.id.desc())
    )
    return {row.conversation_id: row.sender_verified for row in db.session.execute(query)}
