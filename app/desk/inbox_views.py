"""The inbox's views: what stands in each, in which order, and how much that is.

Every view walks one index from a place onward, and a count stops at a thousand, so that a page costs the same whatever the
desk has answered in its life. Work that waits is shown as it is due, everything else newest first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext
from sqlalchemy import Select, exists, or_, select, tuple_

from app.conversations import lifecycle
from app.conversations.models import Conversation, Mention, Tagging
from app.conversations.service_level import due_first, late_now
from app.desk import counts
from app.kernel.actors import Actor
from app.kernel.database import db
from app.kernel.errors import NotFound

PAGE = 50
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OPEN, LATE, MINE, UNASSIGNED, MENTIONS = "open", "late", "mine", "unassigned", "mentions"
SNOOZED, ANSWERED, CLOSED, ALL = "snoozed", "answered", "closed", "all"
Rows = Select[Any]


@dataclass(frozen=True)
class View:
    """One view. `rows` narrows a query; `order` is a moment and an id, the oldest first if `waiting`."""

    label: Any
    rows: Callable[[Rows, Actor], Rows]
    empty: tuple[Any, Any]
    order: tuple[Any, Any] = (Conversation.last_message_at, Conversation.id)
    waiting: bool = False


@dataclass(frozen=True)
class Place:
    """Where a conversation stands among those that wait."""

    since: datetime
    id: int


def _in(status: str) -> Callable[[Rows, Actor], Rows]:
    return lambda query, _actor: query.where(Conversation.status == status)


def _mine(query: Rows, actor: Actor) -> Rows:
    return query.where(Conversation.status == lifecycle.OPEN, Conversation.assigned_to_id == actor.id)


def _unassigned(query: Rows, _actor: Actor) -> Rows:
    return query.where(Conversation.status == lifecycle.OPEN, Conversation.assigned_to_id.is_(None))


def _mentions(query: Rows, actor: Actor) -> Rows:
    return query.join(Mention, Mention.conversation_id == Conversation.id).where(Mention.staff_id == actor.id)


_BY_DUE = (due_first, Conversation.id)
VIEWS = {
    OPEN: View(
        lazy_gettext("To answer"),
        _in(lifecycle.OPEN),
        (
            lazy_gettext("Every mail is answered"),
            lazy_gettext("New mail of the support mailbox appears here within seconds."),
        ),
        order=_BY_DUE,
        waiting=True,
    ),
    LATE: View(
        lazy_gettext("Late"),
        lambda query, _actor: query.where(late_now()),
        (lazy_gettext("No answer is late"), lazy_gettext("Every person is answered in time.")),
        order=_BY_DUE,
        waiting=True,
    ),
    MINE: View(
        lazy_gettext("Mine"),
        _mine,
        (
            lazy_gettext("Nothing of yours waits"),
            lazy_gettext("Take a conversation and it stands here until it is answered."),
        ),
        order=_BY_DUE,
        waiting=True,
    ),
    UNASSIGNED: View(
        lazy_gettext("Unassigned"),
        _unassigned,
        (lazy_gettext("Somebody has every open conversation"), ""),
        order=_BY_DUE,
        waiting=True,
    ),
    MENTIONS: View(
        lazy_gettext("Mentions"),
        _mentions,
        (
            lazy_gettext("Nobody has called you in"),
            lazy_gettext("A colleague's note with @ and your name brings a conversation here."),
        ),
        order=(Mention.mentioned_at, Mention.conversation_id),
    ),
    SNOOZED: View(
        lazy_gettext("Snoozed"),
        _in(lifecycle.SNOOZED),
        (
            lazy_gettext("Nothing sleeps"),
            lazy_gettext("What is snoozed comes back at its time, or when mail comes."),
        ),
        order=(Conversation.snoozed_until, Conversation.id),
        waiting=True,
    ),
    ANSWERED: View(
        lazy_gettext("Answered"), _in(lifecycle.ANSWERED), (lazy_gettext("Nothing answered yet"), "")
    ),
    CLOSED: View(lazy_gettext("Closed"), _in(lifecycle.CLOSED), (lazy_gettext("Nothing closed yet"), "")),
    ALL: View(
        lazy_gettext("All"),
        lambda query, _actor: query,
        (lazy_gettext("No mail yet"), lazy_gettext("Mail to the support address comes here.")),
    ),
}
# Views of everything that ever was: with a tag they walk the tag's own index.
_ARCHIVES = (ANSWERED, CLOSED, ALL)


def page_of(
    name: str, after: str, *, actor: Actor, tag_id: int | None = None
) -> tuple[list[Conversation], str]:
    """At most PAGE conversations of a view from after a place, and the place of the next page or "". NotFound for neither."""
    found = db.session.execute(listing(name, after, actor=actor, tag_id=tag_id).limit(PAGE + 1)).all()
    following = _place_of(found[PAGE - 1]) if len(found) > PAGE else ""
    return [row[0] for row in found[:PAGE]], following


def listing(name: str, after: str, *, actor: Actor, tag_id: int | None = None) -> Rows:
    """The query of a view from after a place: rows of (conversation, moment, id) in its order."""
    if name not in VIEWS:
        raise NotFound
    view = VIEWS[name]
    since, key = view.order
    if tag_id is None:
        query = view.rows(_rows(since, key), actor)
    elif name in _ARCHIVES:
        since = key = Tagging.conversation_id
        tagged = view.rows(_rows(since, key), actor).join(Tagging, Tagging.conversation_id == Conversation.id)
        query = tagged.where(Tagging.tag_id == tag_id)
    else:
        query = view.rows(_rows(since, key), actor).where(_tagged(tag_id))
    return _from_place(query, since, key, view.waiting, after)


def count_of(name: str, *, actor: Actor) -> int:
    """How many a view holds, of mentions those not opened yet; counted to a thousand."""
    query = VIEWS[name].rows(select(Conversation.id), actor)
    if name == MENTIONS:
        return unseen_mentions(actor)
    return counts.bounded(query)


def unseen_mentions(actor: Actor) -> int:
    """Conversations that this person was called into and has not opened since."""
    if actor.id is None:
        return 0
    return counts.bounded(select(Mention.id).where(Mention.staff_id == actor.id, Mention.seen_at.is_(None)))


def next_waiting(place: Place, *, actor: Actor) -> Conversation | None:
    """The open conversation after a place that is this person's or nobody's; at the end from the start; None for none."""
    order = _BY_DUE
    free = or_(Conversation.assigned_to_id.is_(None), Conversation.assigned_to_id == actor.id)
    query = (
        select(Conversation)
        .where(Conversation.status == lifecycle.OPEN, free, Conversation.id != place.id)
        .order_by(*order)
        .limit(1)
    )
    later = query.where(tuple_(*order) > tuple_(place.since, place.id))
    return db.session.scalar(later) or db.session.scalar(query)


def _rows(since: Any, key: Any) -> Rows:
    return select(Conversation, since, key)


def _tagged(tag_id: int) -> Any:
    return exists().where(Tagging.conversation_id == Conversation.id, Tagging.tag_id == tag_id)


def _from_place(query: Rows, since: Any, key: Any, waiting: bool, after: str) -> Rows:
    order = (key,) if since is key else (since, key)
    if after:
        at, number = _place(after)
        place = (number,) if since is key else (at, number)
        here, there = tuple_(*order), tuple_(*place)
        query = query.where(here > there if waiting else here < there)
    return query.order_by(*(order if waiting else [column.desc() for column in order]))


def _place_of(row: Any) -> str:
    """A row's place in its view: microseconds of what the view is ordered by, and its id."""
    _conversation, since, key = row
    micros = (since - EPOCH) // timedelta(microseconds=1) if isinstance(since, datetime) else 0
    return f"{micros}-{key}"


def _place(text: str) -> tuple[datetime, int]:
    since, _dash, key = text.partition("-")
    if not all(one.isascii() and one.isdigit() and len(one) < 19 for one in (since, key)):
        raise NotFound
    try:
        return EPOCH + timedelta(microseconds=int(since)), int(key)
    except OverflowError:
        raise NotFound from None
