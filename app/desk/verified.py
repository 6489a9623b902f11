"""Whether our mail server vouches for those whom lists of conversations name."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.conversations.models import Conversation, Message
from app.kernel.database import db


def senders_verified(conversation_ids: Iterable[int]) -> dict[int, bool]:
    """What holds for the newest mail from the address that each conversation is with; one without such a mail is missing.

    One look into the database however many there are.
    """
    query = (
        select(Message.conversation_id, Message.sender_verified)
        .join(Conversation)
        .where(
            Message.conversation_id.in_(list(conversation_ids)),
            Message.direction == "in",
            func.lower(Message.from_address) == func.lower(Conversation.address),
        )
        .ext(distinct_on(Message.conversation_id))
        .order_by(Message.conversation_id, Message.id.desc())
    )
    return {row.conversation_id: row.sender_verified for row in db.session.execute(query)}
