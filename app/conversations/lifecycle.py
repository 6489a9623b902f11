"""All status changes of a conversation: open, snoozed, answered, closed. What a person writes opens it again.

Compare-and-set. Whatever leaves `snoozed` forgets until when; after each change the time at which an answer is due is
brought in line.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext

from app.audit.record import record
from app.conversations.models import Conversation
from app.conversations.service_level import recompute
from app.kernel.actors import Actor
from app.kernel.clock import now
from app.kernel.database import change_status, fetch, lock, use_case
from app.kernel.errors import Stale
from app.kernel.permissions import Permission

OPEN = "open"
SNOOZED = "snoozed"
ANSWERED = "answered"
CLOSED = "closed"

LABELS = {
    OPEN: lazy_gettext("To answer"),
    SNOOZED: lazy_gettext("Snoozed"),
    ANSWERED: lazy_gettext("Answered"),
    CLOSED: lazy_gettext("Closed"),
}
TONES = {OPEN: "warn", SNOOZED: "accent", ANSWERED: "good", CLOSED: "quiet"}


def reopen(conversation_id: int) -> bool:
    """snoozed, answered or closed → open, because something came in; False when it is open already."""
    return _change(conversation_id, (SNOOZED, ANSWERED, CLOSED), OPEN)


def answer(conversation_id: int) -> bool:
    """open, snoozed or closed → answered, because we wrote; False when it is answered already."""
    return _change(conversation_id, (OPEN, SNOOZED, CLOSED), ANSWERED)


def settle(conversation_id: int) -> bool:
    """open, snoozed or closed → answered, because an automatic letter said all there was to say; False when it is."""
    return _change(conversation_id, (OPEN, SNOOZED, CLOSED), ANSWERED, acknowledged_at=now())


def merge_away(conversation_id: int, *, into: int) -> bool:
    """Any state → closed, because its messages are in another conversation now; False when it was merged before."""
    if fetch(Conversation, conversation_id).merged_into_id is not None:
        return False
    return _change(conversation_id, (OPEN, SNOOZED, ANSWERED, CLOSED), CLOSED, merged_into_id=into)


def sleep(conversation_id: int, until: datetime) -> bool:
    """open, snoozed or answered → snoozed until a moment; False when it is closed."""
    return _change(conversation_id, (OPEN, SNOOZED, ANSWERED), SNOOZED, snoozed_until=until)


def wake(conversation_id: int) -> bool:
    """snoozed → open, because its time has come or somebody wants it now; False when it is awake."""
    return _change(conversation_id, SNOOZED, OPEN)


@use_case
def close(conversation: Conversation, *, actor: Actor, reason: str | None = None) -> None:
    """open, snoozed or answered → closed, by hand: nothing is left to answer. Stale when it is closed already."""
    actor.must(Permission.CONVERSATIONS_WRITE)
    held = lock(Conversation, conversation.id)
    # What an answer has ended waits again when the answer is taken back: then closing must not have ended it as well.
    ended = held.status == ANSWERED and held.first_answered_at is not None
    closed_at = held.closed_at if ended else now()
    if not _change(held.id, (OPEN, SNOOZED, ANSWERED), CLOSED, close_reason=reason, closed_at=closed_at):
        raise Stale
    record(
        "conversation.close",
        actor=actor,
        subject=conversation,
        dossier_id=conversation.dossier_id,
        reason=reason,
    )


@use_case
def open_again(conversation: Conversation, *, actor: Actor) -> None:
    """snoozed, answered or closed → open, by hand. Stale when it is open already."""
    actor.must(Permission.CONVERSATIONS_WRITE)
    merged = conversation.merged_into_id is not None
    if merged or not _change(conversation.id, (SNOOZED, ANSWERED, CLOSED), OPEN, reopened_at=now()):
        raise Stale
    record("conversation.reopen", actor=actor, subject=conversation, dossier_id=conversation.dossier_id)


def _change(conversation_id: int, was: tuple[str, ...] | str, becomes: str, **values: Any) -> bool:
    forgotten = {"snoozed_until": None, "close_reason": None}
    done = change_status(Conversation, conversation_id, was=was, becomes=becomes, **{**forgotten, **values})
    # Also when the status was right before: one more message may have come or gone.
    recompute(conversation_id)
    return done
