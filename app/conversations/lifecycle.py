"""All status changes of a conversation: open, answered, closed. What a person writes opens it again. Compare-and-set."""

from __future__ import annotations

from flask_babel import lazy_gettext

from app.audit.record import record
from app.conversations.models import Conversation
from app.kernel.actors import Actor
from app.kernel.database import change_status, fetch, use_case
from app.kernel.errors import Stale
from app.kernel.permissions import Permission

OPEN = "open"
ANSWERED = "answered"
CLOSED = "closed"

LABELS = {
    OPEN: lazy_gettext("To answer"),
    ANSWERED: lazy_gettext("Answered"),
    CLOSED: lazy_gettext("Closed"),
}
TONES = {OPEN: "warn", ANSWERED: "good", CLOSED: "quiet"}


def reopen(conversation_id: int) -> bool:
    """answered or closed → open, because something came in; False when it is open already."""
    return change_status(Conversation, conversation_id, was=(ANSWERED, CLOSED), becomes=OPEN)


def answer(conversation_id: int) -> bool:
    """open or closed → answered, because we wrote; False when it is answered already."""
    return change_status(Conversation, conversation_id, was=(OPEN, CLOSED), becomes=ANSWERED)


def merge_away(conversation_id: int, *, into: int) -> bool:
    """Any state → closed, because its messages are in another conversation now; False when it was merged before."""
    conversation = fetch(Conversation, conversation_id)
    if conversation.merged_into_id is not None:
        return False
    return change_status(
        Conversation, conversation_id, was=(OPEN, ANSWERED, CLOSED), becomes=CLOSED, merged_into_id=into
    )


@use_case
def close(conversation: Conversation, *, actor: Actor) -> None:
    """open or answered → closed, by hand: nothing is left to answer. Stale when it is closed already."""
    actor.must(Permission.CONVERSATIONS_WRITE)
    if not change_status(Conversation, conversation.id, was=(OPEN, ANSWERED), becomes=CLOSED):
        raise Stale
    record("conversation.close", actor=actor, subject=conversation, dossier_id=conversation.dossier_id)


@use_case
def open_again(conversation: Conversation, *, actor: Actor) -> None:
    """answered or closed → open, by hand. Stale when it is open already."""
    actor.must(Permission.CONVERSATIONS_WRITE)
    if conversation.merged_into_id is not None or not reopen(conversation.id):
        raise Stale
    record("conversation.reopen", actor=actor, subject=conversation, dossier_id=conversation.dossier_id)
