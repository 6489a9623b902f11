"""What the screen of one conversation shows: the context of templates/conversations/conversation.html."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from app.conversations import lifecycle
from app.conversations.merge import mergeable_with
from app.conversations.models import Conversation, Message
from app.conversations.parties import recipients
from app.conversations.reading import visible_text
from app.desk import remarks, talk_tools
from app.desk.inbox_list import dossier_link, due_pill
from app.desk.recipient import proposed
from app.desk.split_files import has_files
from app.desk.taking_part import taking_part
from app.desk.verified import senders_verified
from app.documents.labels import kind_label as document_label
from app.documents.models import Document
from app.dossiers import lifecycle as dossier_lifecycle
from app.dossiers.find import open_dossier_of
from app.dossiers.models import Dossier
from app.intake.admin import size_label
from app.kernel.actors import Actor
from app.kernel.database import db
from app.kernel.locale import age, moment
from app.kernel.permissions import Permission
from app.letters import lifecycle as letter_lifecycle
from app.letters.labels import kind_label as letter_label
from app.letters.models import Letter
from app.letters.queue import can_receive
from app.staff.models import StaffMember

Row = dict[str, Any]


def page(conversation: Conversation, *, actor: Actor, body: str = "") -> Row:
    """The whole screen; `body` is an answer that was not accepted, so that it is not lost."""
    works = Permission.CONVERSATIONS_WRITE in actor.permissions
    dossier = db.session.get(Dossier, conversation.dossier_id) if conversation.dossier_id else None
    hint = open_dossier_of(conversation.address) if dossier is None and conversation.address else None
    opens = works and dossier is None and hint is None and can_receive(conversation.address)
    return {
        "conversation": _head(conversation),
        "actions": _actions(conversation, actor) if works else [],
        "dossier": _dossier(dossier),
        "hint": _hint(conversation, hint, works=works),
        "open_dossier_url": _url("open_dossier", conversation) if opens else None,
        "messages": _messages(conversation),
        "parties": taking_part(conversation, works=works),
        "reply": _reply(conversation, body, actor) if works else None,
        **talk_tools.context(conversation, actor=actor),
    }


def _head(conversation: Conversation) -> Row:
    owner = db.session.get(StaffMember, conversation.assigned_to_id) if conversation.assigned_to_id else None
    return {
        "reference": conversation.reference,
        "subject": conversation.subject,
        "from_name": conversation.person.name,
        "address": conversation.address,
        "sender_verified": senders_verified([conversation.id]).get(conversation.id),
        "state_label": lifecycle.LABELS[conversation.status],
        "tone": lifecycle.TONES[conversation.status],
        "age": age(conversation.last_message_at),
        "due": due_pill(conversation),
        "owner": owner.name if owner else None,
    }


def _actions(conversation: Conversation, actor: Actor) -> list[Row]:
    """What has no dialog of its own; the template puts those beside it."""
    take = {"label": _("Take"), "url": _url("take", conversation), "method": "post", "key": "t"}
    again = _("Wake") if conversation.status == lifecycle.SNOOZED else _("Open again")
    reopen = {"label": again, "url": _url("open_again", conversation), "method": "post", "key": "o"}
    mine = conversation.assigned_to_id == actor.id
    return [
        *_splitting(conversation, actor),
        *_joining(conversation),
        *([] if mine else [take]),
        *([] if conversation.status == lifecycle.OPEN else [reopen]),
    ]


def _splitting(conversation: Conversation, actor: Actor) -> list[Row]:
    if Permission.DOSSIERS_REVIEW not in actor.permissions or not has_files(conversation.id):
        return []
    url = url_for("split.show", reference=conversation.reference)
    return [{"label": _("Split the papers"), "url": url, "key": "p"}]


def _joining(conversation: Conversation) -> list[Row]:
    if len(conversation.messages) < 2 and not mergeable_with(conversation):
        return []
    return [
        {
            "label": _("Merge or split"),
            "url": url_for("join.show", reference=conversation.reference),
            "key": "g",
        }
    ]


def _dossier(dossier: Dossier | None) -> Row | None:
    link = dossier_link(dossier)
    if dossier is None or link is None:
        return None
    state = dossier.status
    return {
        **link,
        "state_label": dossier_lifecycle.LABELS[state],
        "tone": dossier_lifecycle.TONES[state],
    }


def _hint(conversation: Conversation, hint: Dossier | None, *, works: bool) -> Row | None:
    link = dossier_link(hint)
    return {**link, "attach_url": _url("attach", conversation) if works else None} if link else None


def _reply(conversation: Conversation, body: str, actor: Actor) -> Row:
    """The box to write in; `to` is None where no answer could go, so that only notes are written."""
    allowed = recipients(conversation)
    tools = talk_tools.writing(conversation, body, actor=actor)
    return {
        "url": _url("reply", conversation),
        "to": allowed[0] if allowed else None,
        "choices": [{"value": one, "label": one} for one in allowed] if len(allowed) > 1 else [],
        "errors": {},
        **tools,
        "values": {
            **tools.get("values", {}),
            "to": proposed(conversation, allowed, drafted=bool(tools["version"])),
        },
    }


def _messages(conversation: Conversation) -> list[Row]:
    """Messages, notes, and the automatic letters between them, oldest first. What was taken back was never said."""
    letters = _letters(conversation)
    documents = _documents([message.id for message in conversation.messages])
    said = [
        (message.created_at, _message(message, letters, documents.get(message.id, [])))
        for message in conversation.messages
    ]
    carried = {message.letter_id for message in conversation.messages}
    sent = [(one.created_at, _letter(one)) for one in letters.values() if one.id not in carried]
    noted = talk_tools.notes(conversation)
    return [row for _at, row in sorted([*said, *sent, *noted], key=lambda pair: pair[0])]


def _message(message: Message, letters: dict[int, Letter], documents: list[Document]) -> Row:
    new, signature, quoted = (
        visible_text(message.text) if message.direction == "in" else (message.text, "", "")
    )
    sender = " ".join(part for part in (message.from_name, f"<{message.from_address}>") if part)
    letter = letters.get(message.letter_id or 0)
    html_url = url_for("messages.html", message_id=message.id) if message.html else None
    return {
        "id": message.id,
        "at_label": moment(message.sent_at or message.created_at),
        "from_label": sender if message.direction == "in" else message.from_name,
        "outgoing": message.direction == "out",
        "sender_verified": message.sender_verified if message.direction == "in" else None,
        "to_label": _elsewhere(message, letters),
        "text": new or (None if html_url else quoted or signature),
        "signature": signature,
        "quoted": quoted if new else "",
        "html_url": html_url,
        "attachments": [
            *map(_document, documents),
            *map(_attachment, message.attachments),
            *map(_attachment, letter.files if letter else []),
        ],
        "automatic": message.automatic is not None,
        "hints": [remarks.in_words(one) for one in message.defects],
        **_delivery(letter),
    }


def _elsewhere(message: Message, letters: dict[int, Letter]) -> str | None:
    """Where an answer went, when that was not the conversation's own address."""
    letter = letters.get(message.letter_id or 0)
    own = message.conversation.address.lower()
    return letter.to_address if letter is not None and letter.to_address.lower() != own else None


def _letter(letter: Letter) -> Row:
    return {
        "id": f"letter-{letter.id}",
        "at_label": moment(letter.sent_at or letter.created_at),
        "from_label": letter_label(letter.kind),
        "outgoing": True,
        "text": letter.text,
        "folded": letter.subject,
        "html_url": None,
        "attachments": [],
        **_delivery(letter),
    }


def _delivery(letter: Letter | None) -> Row:
    if letter is None:
        return {"state_label": None, "tone": None}
    return {
        "state_label": letter_lifecycle.LABELS[letter.status],
        "tone": letter_lifecycle.TONES[letter.status],
    }


def _document(document: Document) -> Row:
    return {
        "name": document.filename,
        "kind_label": document_label(document.kind),
        "size_label": size_label(document.file.size),
        "url": None,
        "problem": None,
    }


def _attachment(attachment: Any) -> Row:
    return {
        "name": attachment.filename,
        "kind_label": attachment.media_type,
        "size_label": size_label(attachment.size),
        "url": None,
        "problem": None,
    }


def _letters(conversation: Conversation) -> dict[int, Letter]:
    query = (
        select(Letter)
        .where(Letter.conversation_id == conversation.id, Letter.status != letter_lifecycle.WITHDRAWN)
        .order_by(Letter.id)
    )
    return {letter.id: letter for letter in db.session.scalars(query)}


def _documents(message_ids: list[int]) -> dict[int, list[Document]]:
    found: dict[int, list[Document]] = {}
    query = select(Document).where(Document.message_id.in_(message_ids)).order_by(Document.id)
    for document in db.session.scalars(query):
        found.setdefault(document.message_id or 0, []).append(document)
    return found


def _url(action: str, conversation: Conversation) -> str:
    return url_for(f"conversations.{action}", reference=conversation.reference)
