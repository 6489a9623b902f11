"""Take a conversation, so that two people do not answer it."""

from __future__ import annotations

from app.audit.record import record
from app.conversations.models import Conversation
from app.kernel.actors import Actor
from app.kernel.database import lock, use_case
from app.kernel.permissions import Permission


@use_case
def take(conversation_id: int, *, actor: Actor) -> Conversation:
    """Make the conversation one's own, whoever had it; again it changes nothing."""
    actor.must(Permission.CONVERSATIONS_WRITE)
    conversation = lock(Conversation, conversation_id)
    if conversation.assigned_to_id != actor.staff_id:
        conversation.assigned_to_id = actor.staff_id
        record("conversation.take", actor=actor, subject=conversation, dossier_id=conversation.dossier_id)
    return conversation
