"""Whom the box for an answer proposes, where more than one address takes part."""

from __future__ import annotations

from sqlalchemy import select

from app.conversations.models import Conversation
from app.kernel.database import db
from app.letters import lifecycle
from app.letters.models import Letter


def proposed(conversation: Conversation, allowed: tuple[str, ...], *, drafted: bool) -> str:
    """Of the `allowed` ones whoever an answer just taken back was to, else who wrote last; "" for none.

    `drafted` tells that something is in the box, as after taking an answer back.
    """
    taken_back = _newest_taken_back(conversation) if drafted else None
    return taken_back if taken_back in allowed else _wrote_last(conversation, allowed)


def _newest_taken_back(conversation: Conversation) -> str | None:
    newest = db.session.execute(
        select(Letter.status, Letter.to_address)
        .where(Letter.conversation_id == conversation.id)
        .order_by(Letter.id.desc())
        .limit(1)
    ).one_or_none()
    return newest.to_address if newest is not None and newest.status == lifecycle.WITHDRAWN else None


def _wrote_last(conversation: Conversation, allowed: tuple[str, ...]) -> str:
    """Whoever wrote last; an absence that a machine tells is nobody's question."""
    wrote = [
        one.from_address.lower()
        for one in conversation.messages
        if one.direction == "in" and one.automatic is None
    ]
    return next((one for one in reversed(wrote) if one in allowed), allowed[0] if allowed else "")
