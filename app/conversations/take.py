"""Take a conversation, so that two people do not answer it."""

from __future__ import annotations

from app.conversations.assign import assign
from app.conversations.models import Conversation
from app.kernel.actors import Actor
from app.kernel.database import use_case


@use_case
def take(conversation_id: int, *, actor: Actor, seen: tuple[int | None] | None = None) -> Conversation:
    """Make the conversation one's own; again it changes nothing. Stale when `seen` was not its owner any more."""
    return assign(conversation_id, staff_id=actor.staff_id, actor=actor, seen=seen)
