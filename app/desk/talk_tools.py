"""What stands around a conversation's thread: owner, tags, sleep, notes, draft, macros, colleagues."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy import select

from app.conversations import lifecycle
from app.conversations.assign import colleagues
from app.conversations.draft import draft_of
from app.conversations.enclose import MOST, TYPES
from app.conversations.models import Conversation, Draft
from app.conversations.notes import notes_of, readers
from app.conversations.tag import tags_of, vocabulary
from app.desk import presence, seen, when
from app.intake.admin import size_label
from app.kernel.actors import Actor
from app.kernel.database import db
from app.kernel.locale import moment
from app.kernel.permissions import Permission
from app.knowledge.find import active_macros
from app.staff.models import StaffMember

Row = dict[str, Any]
NOBODY = "nobody"


def context(conversation: Conversation, *, actor: Actor) -> Row:
    """Everything beside the thread; without the right to write, only what is read."""
    works = Permission.CONVERSATIONS_WRITE in actor.permissions
    return {
        "tags": _tags(conversation),
        "others": presence.in_words(presence.others("conversation", conversation.id, but=actor.id)),
        "seen": seen.last_message(conversation),
        "presence_url": _url("presence", conversation),
        "next_url": _url("next", conversation),
        "until": moment(conversation.snoozed_until),
        "close_reason": conversation.close_reason,
        "tools": _tools(conversation, actor) if works else None,
        # The next dossier's key is the note's here.
        "can_take_next": False,
    }


def notes(conversation: Conversation) -> list[tuple[datetime, Row]]:
    """The notes as rows of the thread, each with its moment."""
    found = notes_of(conversation.id)
    authors = select(StaffMember).where(StaffMember.id.in_({note.author_id for note in found}))
    names = {member.id: member.name for member in db.session.scalars(authors)}
    return [
        (
            note.created_at,
            {
                "id": f"note-{note.id}",
                "at_label": moment(note.created_at),
                "from_label": names.get(note.author_id, ""),
                "note": True,
                "outgoing": False,
                "text": note.text,
                "html_url": None,
                "attachments": [],
            },
        )
        for note in found
    ]


def writing(conversation: Conversation, body: str, *, actor: Actor) -> Row:
    """What the box for the answer needs: the draft is in it unless `body` was just refused."""
    draft = draft_of(conversation.id, actor.id)
    return {
        "language": conversation.person.locale,
        "values": {"body": body or (draft.text if draft else "")},
        "restored": moment(draft.saved_at) if draft and not body else None,
        "version": draft.version if draft else 0,
        "files": files_of(draft) if draft else [],
        "accept": ",".join(f".{ending}" for ending in TYPES),
        "most_files": MOST,
        **{
            name: _url(action, conversation)
            for name, action in (
                ("note_url", "note"),
                ("draft_url", "draft"),
                ("drop_url", "drop_draft"),
                ("files_url", "enclose"),
                ("detach_url", "take_away"),
                ("macro_url", "macro"),
            )
        },
        "macros": [{"id": one.id, "title": one.title, "text": one.text_en} for one in active_macros()],
        "colleagues": [one.name for one in readers() if one.id != actor.id],
    }


def files_of(draft: Draft) -> list[Row]:
    """The files beside a draft."""
    return [{"id": one.id, "name": one.filename, "size_label": size_label(one.size)} for one in draft.files]


def _tools(conversation: Conversation, actor: Actor) -> Row:
    owner = conversation.assigned_to_id
    return {
        "assign_url": _url("assign", conversation),
        "seen_owner": owner or NOBODY,
        "people": [
            {"value": member.id, "label": member.name, "me": member.id == actor.id}
            for member in sorted(colleagues(), key=lambda member: member.id != actor.id)
            if member.id != owner
        ],
        "tag_url": _url("tag", conversation),
        "vocabulary": [{"id": tag.id, "name": tag.name} for tag in vocabulary()],
        "snooze_url": None if conversation.status == lifecycle.CLOSED else _url("snooze", conversation),
        "moments": [{"value": value, "label": label} for value, label in when.CHOICES.items()],
        "close_url": None if conversation.status == lifecycle.CLOSED else _url("close", conversation),
    }


def _tags(conversation: Conversation) -> list[Row]:
    return [{"id": tag.id, "name": tag.name} for tag in tags_of([conversation.id])[conversation.id]]


def _url(action: str, conversation: Conversation) -> str:
    return url_for(f"conversations.{action}", reference=conversation.reference)
