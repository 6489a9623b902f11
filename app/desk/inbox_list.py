"""The inbox's list: the context of templates/conversations/list.html."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext
from sqlalchemy import Select, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on

from app.conversations import lifecycle
from app.conversations.models import Conversation, Message
from app.conversations.reading import visible_text
from app.desk.counts import open_conversations
from app.desk.verified import senders_verified
from app.dossiers.models import Dossier
from app.kernel.actors import Actor
from app.kernel.database import db
from app.kernel.errors import NotFound
from app.kernel.locale import age, moment
from app.staff.models import StaffMember

PAGE = 50
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OPEN, MINE, ANSWERED, CLOSED, ALL = "open", "mine", "answered", "closed", "all"
VIEWS = {
    OPEN: lazy_gettext("To answer"),
    MINE: lazy_gettext("Mine"),
    ANSWERED: lazy_gettext("Answered"),
    CLOSED: lazy_gettext("Closed"),
    ALL: lazy_gettext("All"),
}
EMPTY = {
    OPEN: (
        lazy_gettext("Every mail is answered"),
        lazy_gettext("New mail of the support mailbox appears here within seconds."),
    ),
    MINE: (lazy_gettext("Nothing is yours"), lazy_gettext("Take a conversation and it stands here.")),
    ANSWERED: (lazy_gettext("Nothing answered yet"), ""),
    CLOSED: (lazy_gettext("Nothing closed yet"), ""),
    ALL: (lazy_gettext("No mail yet"), lazy_gettext("Mail to the support address comes here.")),
}
Row = dict[str, Any]


def page(view: str, after: str, *, actor: Actor) -> Row:
    """One page of a view, from after the cursor of the address: what waits longest first, the other views newest first."""
    if view not in VIEWS:
        raise NotFound
    found = list(db.session.scalars(_query(view, after, actor)))
    shown = found[:PAGE]
    older = url_for("conversations.index", view=view, after=_cursor(shown[-1])) if len(found) > PAGE else None
    title, text = EMPTY[view]
    return {
        "views": [_tab(key, view) for key in VIEWS],
        "rows": _rows(shown),
        "older_url": older,
        "empty": {"title": title, "text": text},
    }


def _query(view: str, after: str, actor: Actor) -> Select[Conversation]:
    query = select(Conversation).limit(PAGE + 1)
    place = _place(after) if after else None
    if view == OPEN:
        query = query.where(Conversation.status == lifecycle.OPEN)
        order = (Conversation.last_message_at, Conversation.id)
        return (query.where(tuple_(*order) > place) if place else query).order_by(*order)
    if view == MINE:
        query = query.where(Conversation.assigned_to_id == actor.staff_id)
    elif view != ALL:
        query = query.where(Conversation.status == view)
    return (query.where(Conversation.id < place[1]) if place else query).order_by(Conversation.id.desc())


def _cursor(conversation: Conversation) -> str:
    """The place of a conversation in a list: microseconds of its last message, and its id."""
    return f"{(conversation.last_message_at - EPOCH) // timedelta(microseconds=1)}-{conversation.id}"


def _place(text: str) -> tuple[datetime, int]:
    since, _dash, key = text.partition("-")
    if not all(one.isascii() and one.isdigit() and len(one) < 19 for one in (since, key)):
        raise NotFound
    try:
        return EPOCH + timedelta(microseconds=int(since)), int(key)
    except OverflowError:
        raise NotFound from None


def _tab(key: str, view: str) -> Row:
    count = open_conversations() if key == OPEN else None
    return {
        "label": VIEWS[key],
        "count": count,
        "url": url_for("conversations.index", view=key),
        "active": key == view,
    }


def _rows(conversations: list[Conversation]) -> list[Row]:
    """The rows, with four looks into the database however many there are."""
    dossiers = _by_id(Dossier, {one.dossier_id for one in conversations})
    owners = _by_id(StaffMember, {one.assigned_to_id for one in conversations})
    verified = senders_verified(one.id for one in conversations)
    last = _last_texts([one.id for one in conversations])
    return [
        {
            "url": url_for("conversations.show", reference=one.reference),
            "reference": one.reference,
            "from_name": one.person.name if one.person.name != one.person.email else "",
            "address": one.address,
            "sender_verified": verified.get(one.id),
            "subject": one.subject,
            "snippet": last.get(one.id, ""),
            "at_label": moment(one.last_message_at),
            "state_label": lifecycle.LABELS[one.status],
            "tone": lifecycle.TONES[one.status],
            "age": age(one.last_message_at) if one.status == lifecycle.OPEN else None,
            "unread": one.status == lifecycle.OPEN,
            "dossier": dossier_link(dossiers.get(one.dossier_id or 0)),
            "owner": owners[one.assigned_to_id].name if one.assigned_to_id in owners else None,
        }
        for one in conversations
    ]


def dossier_link(dossier: Dossier | None) -> Row | None:
    """Reference and address of a dossier's workbench."""
    if dossier is None:
        return None
    return {"reference": dossier.reference, "url": url_for("workbench.show", reference=dossier.reference)}


def _by_id(model: Any, ids: set[int | None]) -> dict[int, Any]:
    return {row.id: row for row in db.session.scalars(select(model).where(model.id.in_(ids - {None})))}


def _last_texts(ids: list[int]) -> dict[int, str]:
    """The beginning of each conversation's last message."""
    query = (
        select(Message.conversation_id, Message.text)
        .where(Message.conversation_id.in_(ids))
        .ext(distinct_on(Message.conversation_id))
        .order_by(Message.conversation_id, Message.id.desc())
    )
    return {
        key: " ".join(visible_text(text[:4000])[0].split())[:140] for key, text in db.session.execute(query)
    }
