"""The inbox's list: the context of templates/conversations/list.html."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from app.conversations import lifecycle
from app.conversations.assign import colleagues
from app.conversations.draft import drafted
from app.conversations.models import Conversation, Mention, Message, Tag
from app.conversations.reading import visible_text
from app.conversations.tag import tags_of, vocabulary
from app.desk import presence
from app.desk.counts import label
from app.desk.inbox_views import VIEWS, count_of, page_of
from app.desk.verified import senders_verified
from app.dossiers.models import Dossier
from app.kernel.actors import Actor
from app.kernel.database import db, fetch
from app.kernel.due import due_words
from app.kernel.errors import NotFound
from app.kernel.locale import age, moment
from app.kernel.permissions import Permission
from app.staff.models import StaffMember

Row = dict[str, Any]


def page(view: str, after: str, *, actor: Actor, tag: str = "") -> Row:
    """One page of a view, from after the cursor of the address; `tag` is the id of one, or nothing."""
    chosen = _tag(tag)
    shown, following = page_of(view, after, actor=actor, tag_id=chosen.id if chosen else None)
    here: Row = {"view": view, "tag": chosen.id if chosen else None}
    title, text = VIEWS[view].empty
    return {
        "views": [_tab(key, view, actor) for key in VIEWS],
        "rows": _rows(shown, actor),
        "older_url": url_for("conversations.index", after=following, **here) if following else None,
        "empty": {"title": title, "text": text},
        "tags": [_tag_link(one, chosen, view) for one in vocabulary()],
        "chosen_tag": chosen.name if chosen else None,
        **_bulk(actor, here),
    }


def _tag(text: str) -> Tag | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotFound
    return fetch(Tag, int(text))


def _tag_link(tag: Tag, chosen: Tag | None, view: str) -> Row:
    active = chosen is not None and chosen.id == tag.id
    url = url_for("conversations.index", view=view, tag=None if active else tag.id)
    return {"name": tag.name, "url": url, "active": active}


def _bulk(actor: Actor, here: Row) -> Row:
    """The form under the list, for those who may hand work out."""
    if Permission.CONVERSATIONS_WRITE not in actor.permissions:
        return {"staff_choices": [], "assign_url": None}
    people = sorted(colleagues(), key=lambda member: member.id != actor.id)
    return {
        "staff_choices": [{"value": str(member.id), "label": member.name} for member in people],
        "assign_url": url_for("conversations.assign_ticked", **here),
    }


def _tab(key: str, view: str, actor: Actor) -> Row:
    return {
        "key": key,
        "label": VIEWS[key].label,
        "count": label(count_of(key, actor=actor)),
        "url": url_for("conversations.index", view=key),
        "active": key == view,
    }


def _rows(conversations: list[Conversation], actor: Actor) -> list[Row]:
    """The rows, with a few looks into the database however many there are."""
    dossiers = _by_id(Dossier, {one.dossier_id for one in conversations})
    owners = _by_id(StaffMember, {one.assigned_to_id for one in conversations})
    ids = [one.id for one in conversations]
    last, tags, drafts = _last_texts(ids), tags_of(ids), drafted(ids, actor.id)
    verified = senders_verified(ids)
    called, busy = _called_into(ids, actor), presence.replying("conversation", ids, but=actor.id)
    return [
        {
            "id": one.id,
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
            "due": due_pill(one),
            "until": moment(one.snoozed_until),
            "unread": one.status == lifecycle.OPEN or one.id in called,
            "called": one.id in called,
            "draft": one.id in drafts,
            "replying": busy.get(one.id),
            "tags": [tag.name for tag in tags[one.id]],
            "dossier": dossier_link(dossiers.get(one.dossier_id or 0)),
            "owner": owners[one.assigned_to_id].name if one.assigned_to_id in owners else None,
        }
        for one in conversations
    ]


def due_pill(conversation: Conversation) -> Row | None:
    """{label, tone}: how much working time is left to answer, or how late the answer is; None when nothing waits."""
    if conversation.answer_due_at is None:
        return None
    label, tone = due_words(conversation.answer_due_at)
    return {"label": label, "tone": tone}


def _called_into(ids: list[int], actor: Actor) -> set[int]:
    """Which of these wait for this person to see why they were called in."""
    query = select(Mention.conversation_id).where(
        Mention.staff_id == actor.id, Mention.seen_at.is_(None), Mention.conversation_id.in_(ids)
    )
    return set(db.session.scalars(query))


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
