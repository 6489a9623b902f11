"""Put a conversation aside until a moment; a mail in it wakes it earlier."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import lazy_gettext
from sqlalchemy import select

from app.audit.record import record
from app.conversations import lifecycle
from app.conversations.models import Conversation
from app.kernel.actors import Actor
from app.kernel.clock import now
from app.kernel.database import db, lock, use_case
from app.kernel.errors import InvalidInput, Stale
from app.kernel.permissions import Permission

LONGEST = timedelta(days=366)
AT_ONCE = 500


@use_case
def snooze(conversation_id: int, *, until: datetime, actor: Actor) -> Conversation:
    """Let it sleep until a moment of the coming year. Raises InvalidInput, Stale when it is closed."""
    actor.must(Permission.CONVERSATIONS_WRITE)
    conversation = lock(Conversation, conversation_id)
    if not now() < until <= now() + LONGEST:
        raise InvalidInput(lazy_gettext("Choose a moment to come, within a year."))
    if not lifecycle.sleep(conversation_id, until):
        raise Stale
    details = {"until": until.isoformat(timespec="minutes")}
    record(
        "conversation.snooze",
        actor=actor,
        subject=conversation,
        dossier_id=conversation.dossier_id,
        details=details,
    )
    return conversation


@use_case
def wake_due() -> int:
    """Wake what has slept long enough, at most AT_ONCE of them; how many. Somebody else's lock is left for the next time."""
    due = db.session.scalars(
        select(Conversation.id)
        .where(Conversation.status == lifecycle.SNOOZED, Conversation.snoozed_until <= now())
        .order_by(Conversation.snoozed_until)
        .limit(AT_ONCE)
        .with_for_update(of=Conversation, key_share=True, skip_locked=True)
    ).all()
    return sum(lifecycle.wake(conversation_id) for conversation_id in due)
