"""Tie a conversation to the dossier it is about."""

from __future__ import annotations

from flask_babel import lazy_gettext

from app.audit.record import record
from app.conversations.models import Conversation
from app.kernel.actors import Actor
from app.kernel.database import lock, use_case
from app.kernel.errors import Refused
from app.kernel.permissions import Permission


@use_case
def attach_to_dossier(conversation_id: int, dossier_id: int, *, actor: Actor) -> Conversation:
    """Tie it once; again to the same dossier changes nothing, to another one raises Refused."""
    actor.must(Permission.CONVERSATIONS_WRITE)
    conversation = lock(Conversation, conversation_id)
    if conversation.dossier_id == dossier_id:
        return conversation
    if conversation.dossier_id is not None:
        raise Refused(lazy_gettext("This conversation belongs to another dossier already."))
    conversation.dossier_id = dossier_id
    record("conversation.attach", actor=actor, subject=conversation, dossier_id=dossier_id)
    return conversation
