"""What has happened to a dossier, newest first: messages, letters, notes, and everything the trail tells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from app.audit.models import TrailDetail, TrailEntry
from app.conversations.models import Attachment, Conversation, ConversationNote, Message
from app.desk.telling import HIDDEN, assigned_in_words, told_in_words
from app.documents.models import Document
from app.dossiers.models import Dossier, Note
from app.kernel.actors import Actor
from app.kernel.database import db
from app.kernel.locale import moment
from app.kernel.permissions import Permission
from app.letters.lifecycle import LABELS as LETTER_STATES
from app.letters.lifecycle import WITHDRAWN as LETTER_WITHDRAWN
from app.letters.models import Letter
from app.letters.problems import sentence
from app.staff.models import StaffMember

FIRST = 25
MOST = 500
LONGEST_TEXT = 700
Row = dict[str, Any]


@dataclass(frozen=True)
class Happening:
    """One line of the timeline. `who` is a staff member's id, or a name, or None; `verified` tells of a mail's sender."""

    at: datetime
    order: int
    kind: str
    text: str
    who: int | str | None = None
    body: str | None = None
    url: str | None = None
    verified: bool | None = None


def timeline(dossier: Dossier, *, actor: Actor, limit: int = FIRST) -> tuple[list[Row], bool]:
    """The newest `limit` lines, and whether there are older ones."""
    # Each source gives one more than is shown: the newest of all of them together are then among what was read.
    found = [
        *_trail(dossier, limit + 1),
        *_messages(dossier, limit + 1, actor),
        *_letters(dossier, limit + 1),
        *_notes(dossier, limit + 1),
        *_conversation_notes(dossier, limit + 1, actor),
    ]
    found.sort(key=lambda one: (one.at, one.order), reverse=True)
    names = _names(one.who for one in found[:limit] if isinstance(one.who, int))
    return [_row(one, names) for one in found[:limit]], len(found) > limit


def _row(one: Happening, names: dict[int, str]) -> Row:
    who = names.get(one.who, "") if isinstance(one.who, int) else one.who
    return {
        "at_label": moment(one.at),
        "at_iso": one.at.isoformat(timespec="seconds"),
        "actor": who or "",
        "text": one.text,
        "kind": one.kind,
        "body": one.body,
        "url": one.url,
        "sender_verified": one.verified,
    }


def _names(ids: Iterable[int]) -> dict[int, str]:
    wanted = set(ids)
    if not wanted:
        return {}
    members = db.session.scalars(select(StaffMember).where(StaffMember.id.in_(wanted)))
    return {member.id: member.name for member in members}


def _trail(dossier: Dossier, limit: int) -> list[Happening]:
    rows = db.session.execute(
        select(TrailEntry, TrailDetail.content)
        .outerjoin(TrailDetail, TrailDetail.entry_id == TrailEntry.id)
        .where(TrailEntry.dossier_id == dossier.id, TrailEntry.verb.not_in(HIDDEN))
        .order_by(TrailEntry.id.desc())
        .limit(limit)
    ).all()
    kinds = {one.id: one.kind for one in dossier.documents}
    return [_entry(entry, content or {}, kinds) for entry, content in rows]


def _entry(entry: TrailEntry, content: dict[str, Any], kinds: dict[int, str]) -> Happening:
    subject = kinds.get(entry.subject_id) if entry.subject_type == "document" else None
    text, kind = told_in_words(entry.verb, subject, content)
    if entry.verb == "dossier.assign":
        to = content.get("staff_id")
        text = assigned_in_words(entry.actor_id, to, _names([to]).get(to, "") if to else "")
    others = {"system": _("The desk"), "applicant": _("The applicant")}
    who = entry.actor_id if entry.actor_kind == "staff" else others.get(entry.actor_kind)
    return Happening(entry.at, entry.id, kind, text, who, body=content.get("reason"))


def _messages(dossier: Dossier, limit: int, actor: Actor) -> list[Happening]:
    found = db.session.execute(
        select(Message, Conversation.reference)
        .join(Conversation)
        .where(Conversation.dossier_id == dossier.id)
        .order_by(Message.id.desc())
        .limit(limit)
    ).all()
    files = _files([message.id for message, _reference in found])
    # The words of a letter are for those who answer letters.
    reads = Permission.CONVERSATIONS_READ in actor.permissions
    return [_message(message, reference, files.get(message.id, 0), reads) for message, reference in found]


def _message(message: Message, reference: str, files: int, reads: bool) -> Happening:
    if message.direction == "in":
        text, kind = _("Mail from %(name)s", name=message.from_name or message.from_address or "?"), "message"
        if files:
            text = ngettext("%(text)s, %(num)s file", "%(text)s, %(num)s files", files, text=text)
    else:
        text, kind = _("answered"), "reply"
    body = _shortened(message.text) if reads else None
    url = url_for("conversations.show", reference=reference) if reads else None
    verified = message.sender_verified if message.direction == "in" else None
    return Happening(message.created_at, message.id, kind, text, message.author_id, body, url, verified)


def _files(message_ids: list[int]) -> dict[int, int]:
    counts: dict[int, int] = {}
    for column in (Document.message_id, Attachment.message_id):
        grouped = select(column, func.count()).where(column.in_(message_ids)).group_by(column)
        for message_id, number in db.session.execute(grouped):
            if message_id is not None:
                counts[message_id] = counts.get(message_id, 0) + number
    return counts


def _letters(dossier: Dossier, limit: int) -> list[Happening]:
    carries = select(Message.letter_id).where(Message.letter_id.is_not(None))
    found = db.session.scalars(
        select(Letter)
        .where(Letter.dossier_id == dossier.id, Letter.id.not_in(carries), Letter.status != LETTER_WITHDRAWN)
        .order_by(Letter.id.desc())
        .limit(limit)
    )
    return [_letter(letter) for letter in found]


def _letter(letter: Letter) -> Happening:
    state = LETTER_STATES[letter.status]
    text = _("Letter “%(subject)s” · %(state)s", subject=letter.subject, state=state)
    return Happening(letter.created_at, letter.id, "letter", text, None, sentence(letter.problem) or None)


def _notes(dossier: Dossier, limit: int) -> list[Happening]:
    found = db.session.scalars(
        select(Note).where(Note.dossier_id == dossier.id).order_by(Note.id.desc()).limit(limit)
    )
    return [
        Happening(note.created_at, note.id, "note", _("noted"), note.author_id, body=note.text)
        for note in found
    ]


def _conversation_notes(dossier: Dossier, limit: int, actor: Actor) -> list[Happening]:
    """What colleagues noted on its conversations, for those who read these."""
    if Permission.CONVERSATIONS_READ not in actor.permissions:
        return []
    found = db.session.execute(
        select(ConversationNote, Conversation.reference)
        .join(Conversation, Conversation.id == ConversationNote.conversation_id)
        .where(Conversation.dossier_id == dossier.id)
        .order_by(ConversationNote.id.desc())
        .limit(limit)
    ).all()
    return [
        Happening(
            note.created_at,
            note.id,
            "note",
            _("noted"),
            note.author_id,
            note.text,
            url_for("conversations.show", reference=reference),
        )
        for note, reference in found
    ]


def _shortened(text: str) -> str:
    tidy = text.strip()
    return tidy if len(tidy) <= LONGEST_TEXT else f"{tidy[:LONGEST_TEXT].rstrip()}…"
