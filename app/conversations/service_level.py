"""When an answer is due. Computed from what was said, by one function that may run as often as one likes.

A wait begins with the oldest message of a person that nobody has answered: further mails do not postpone it, and
neither does snoozing, because the person goes on waiting. An answer by a staff member or closing the conversation
ends it. The letter that an automatic receipt is does not, unless it settled a mail that only brought papers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from flask import current_app
from sqlalchemy import ColumnElement, Row, Table, and_, func, literal_column, select

from app.conversations.models import NEVER, NEVER_DUE, Conversation, Message
from app.kernel.clock import now
from app.kernel.database import db, use_case
from app.kernel.office import calendar
from app.letters.models import Letter

# A bounce is no person, but somebody has to look at it.
ASKS = (None, "bounce")
# In these states nothing waits; in any other one, a snooze included, a wait goes on.
SETTLED = ("answered", "closed")
# An answer that was taken back before it left never was one.
TAKEN_BACK = "withdrawn"

# What is due first, for ORDER BY and comparisons; written as in ix_conversation_open, so that the index is used.
due_first = func.coalesce(Conversation.answer_due_at, literal_column(NEVER_DUE))
_table = cast(Table, Conversation.__table__)


@dataclass(frozen=True)
class Said:
    """One message that counts: of a person who asks (or a bounce), or a staff member's answer."""

    at: datetime
    ours: bool


def waiting_since(
    said: Sequence[Said], *, settled: Iterable[datetime | None] = (), reopened: datetime | None = None
) -> datetime | None:
    """The beginning of the oldest wait. `said` is in order; at the moments of `settled` nothing was left to do.

    `reopened` is when somebody of ours found that there is something to answer after all. None when nothing asks.
    """
    ends = [*(one.at for one in said if one.ours), *(at for at in settled if at is not None)]
    end = max(ends, default=None)
    begun = [one.at for one in said if not one.ours]
    if reopened is not None:
        begun.append(reopened)
    return min((at for at in begun if end is None or at > end), default=None)


def target_of(*, answered_before: bool, closed_before: bool) -> timedelta:
    """Working time to the first answer; to the next one after an answer of ours, or after it was closed."""
    settings = current_app.extensions["desk_settings"]
    later = answered_before or closed_before
    return timedelta(hours=settings.next_answer_hours if later else settings.first_answer_hours)


def due_at(
    since: datetime | None, *, first_answered_at: datetime | None, closed_at: datetime | None
) -> datetime | None:
    """When what waits since then is due; None when nothing waits."""
    if since is None:
        return None
    target = target_of(answered_before=first_answered_at is not None, closed_before=closed_at is not None)
    return calendar().add_working(since, target)


@use_case
def recompute(conversation_id: int) -> None:
    """Bring the stored times of a conversation in line with its messages and status. Again it changes nothing."""
    row = _held(conversation_id)
    said = _said(conversation_id)
    first = next((one.at for one in said if one.ours), None)
    since = None if row.status in SETTLED else _since(said, row)
    values: dict[str, Any] = {
        "answer_awaited_since": since,
        "answer_due_at": due_at(since, first_answered_at=first, closed_at=row.closed_at),
        "first_answered_at": first,
    }
    if first != row.first_answered_at:
        values["first_answer_seconds"] = _seconds_taken(said, first, row)
    _store(conversation_id, values)


def asks(conversation_id: int) -> bool:
    """Whether somebody waits by what was said, whatever the status is."""
    row = _held(conversation_id)
    settled = (row.closed_at, row.acknowledged_at)
    return waiting_since(_said(conversation_id), settled=settled, reopened=row.reopened_at) is not None


def _since(said: Sequence[Said], row: Row[Any]) -> datetime | None:
    since = waiting_since(said, settled=(row.closed_at, row.acknowledged_at), reopened=row.reopened_at)
    if since is None and row.status == "open" and any(not one.ours for one in said):
        # Open although all is settled: it woke up from a snooze, or a mail came in while it was being closed.
        return row.answer_awaited_since or now()
    return since


def _held(conversation_id: int) -> Row[Any]:
    """The row's present values, held as `lock` holds it; what this use case has changed is written before."""
    columns = (
        *("status", "closed_at", "acknowledged_at", "reopened_at"),
        *("answer_awaited_since", "first_answered_at"),
    )
    query = select(*(_table.c[name] for name in columns)).where(_table.c.id == conversation_id)
    db.session.flush()
    return db.session.execute(query.with_for_update(key_share=True)).one()


def _said(conversation_id: int) -> list[Said]:
    """What counts of a conversation, in the order in which it was said."""
    rows = db.session.execute(
        select(Message.created_at, Message.direction, Message.automatic, Message.author_id, Letter.status)
        .outerjoin(Letter, Letter.id == Message.letter_id)
        .where(Message.conversation_id == conversation_id)
        .order_by(Message.created_at, Message.id)
    )
    found = []
    for at, direction, automatic, author_id, letter in rows:
        asks = direction == "in" and automatic in ASKS
        answers = direction == "out" and author_id is not None and letter != TAKEN_BACK
        found += [Said(at, ours=answers)] if asks or answers else []
    return found


def _seconds_taken(said: list[Said], first: datetime | None, row: Row[Any]) -> int | None:
    """Working seconds from the beginning of the first wait to our first answer; None when nobody had asked."""
    if first is None:
        return None
    before = [one for one in said if one.at < first and not one.ours]
    settled = [at for at in (row.closed_at, row.acknowledged_at) if at is not None and at < first]
    since = waiting_since(before, settled=settled)
    return int(calendar().working_between(since, first).total_seconds()) if since is not None else None


def _store(conversation_id: int, values: dict[str, Any]) -> None:
    db.session.execute(_table.update().where(_table.c.id == conversation_id).values(**values))
    loaded = db.session.identity_map.get(db.session.identity_key(Conversation, conversation_id))
    if loaded is not None:
        db.session.expire(loaded, list(values))


def apply_calendar() -> int:
    """Compute anew when every waiting conversation is due, because targets, hours or holidays changed; how many moved.

    One row a transaction, so that nobody who answers meanwhile is kept waiting.
    """
    columns = ("id", "answer_awaited_since", "answer_due_at", "first_answered_at", "closed_at")
    query = select(*(_table.c[name] for name in columns)).where(_table.c.answer_awaited_since.is_not(None))
    rows = db.session.execute(query.order_by(_table.c.id)).all()
    db.session.rollback()
    return sum(_moved(row) for row in rows)


@use_case
def _moved(row: Row[Any]) -> bool:
    """Store the due time as the calendar has it now, unless it is right or the conversation waits otherwise by now."""
    due = due_at(row.answer_awaited_since, first_answered_at=row.first_answered_at, closed_at=row.closed_at)
    if due == row.answer_due_at:
        return False
    unchanged = (_table.c.id == row.id) & (_table.c.answer_awaited_since == row.answer_awaited_since)
    still = unchanged & _table.c.first_answered_at.is_not_distinct_from(row.first_answered_at)
    done = db.session.execute(_table.update().where(still).values(answer_due_at=due).returning(_table.c.id))
    return done.first() is not None


def late_now() -> ColumnElement[bool]:
    """The condition for open conversations whose answer is late at this moment."""
    return and_(Conversation.status == "open", due_first <= now())


def due_or_never(conversation: Conversation) -> datetime:
    """The moment that `due_first` sorts by."""
    return conversation.answer_due_at or NEVER
