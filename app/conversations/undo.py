"""Take an answer back within the seconds before it leaves."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext
from sqlalchemy import select

from app.audit.record import record
from app.conversations import lifecycle
from app.conversations.draft import put_back
from app.conversations.enclose import to_draft
from app.conversations.models import Conversation, Message
from app.conversations.service_level import ASKS, asks, recompute
from app.kernel.actors import Actor
from app.kernel.clock import now
from app.kernel.database import db, fetch, lock, use_case
from app.kernel.errors import NotFound, Refused
from app.kernel.permissions import Permission
from app.letters import lifecycle as letter_lifecycle
from app.letters.models import Letter


class Gone(Refused):
    """Raised when the answer is leaving or has left (409)."""

    default = lazy_gettext(
        "The answer has gone already, so it cannot be taken back. If something in it is wrong, send a second one."
    )


@use_case
def undo(message_id: int, *, actor: Actor) -> Conversation:
    """Withdraw one's own answer; text and files are in the draft again. Raises Gone, NotFound when it is not there.

    The letter's compare-and-set decides between this and the job that sends it: one of them finds it queued.
    """
    actor.must(Permission.CONVERSATIONS_WRITE)
    conversation = lock(Conversation, fetch(Message, message_id).conversation_id)
    message = db.session.get(Message, message_id, populate_existing=True)
    if message is None or message.letter_id is None or message.author_id != actor.staff_id:
        raise NotFound
    letter = lock(Letter, message.letter_id)
    if letter.due_at is None or letter.due_at <= now() or not letter_lifecycle.withdraw(letter):
        raise Gone
    to_draft(letter, put_back(conversation.id, text=message.text, actor=actor))
    _take_out(conversation, message)
    record("conversation.undo_reply", actor=actor, subject=letter, dossier_id=conversation.dossier_id)
    return conversation


def leaving(staff_id: int | None) -> Sequence[tuple[Message, Letter]]:
    """Answers of this staff member that may still be taken back, the newest first."""
    found = db.session.execute(
        select(Message, Letter)
        .join(Letter, Letter.id == Message.letter_id)
        .where(
            Letter.status == letter_lifecycle.QUEUED,
            Letter.due_at.is_not(None),
            Letter.due_at > now(),
            Message.author_id == staff_id,
        )
        .order_by(Letter.due_at.desc())
        .limit(5)
    )
    return found.all()


def _take_out(conversation: Conversation, message: Message) -> None:
    """The thread is as if nothing had been said; it waits for an answer if the person spoke last."""
    db.session.delete(message)
    db.session.flush()
    last = db.session.scalars(
        select(Message).where(Message.conversation_id == conversation.id).order_by(Message.id.desc()).limit(1)
    ).one_or_none()
    if last is not None:
        conversation.last_message_at = last.created_at
    # Of an automatic message that came last, such as an absence, nobody waits for the answer.
    spoke_last = last is None or (last.direction == "in" and last.automatic in ASKS)
    if spoke_last or asks(conversation.id):
        lifecycle.reopen(conversation.id)
    recompute(conversation.id)
