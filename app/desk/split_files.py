"""The files of a conversation's messages, wherever they lie by now: beside their message, or in a dossier."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists, or_, select

from app.audit.record import canonical
from app.conversations.models import Attachment, Conversation, Message
from app.documents import lifecycle as document_lifecycle
from app.documents.guess import guess_kind
from app.documents.models import Document
from app.dossiers import lifecycle
from app.dossiers.models import Dossier
from app.kernel.database import db

# What a mail server lays beside its report on a letter is nobody's paper.
_BY_PEOPLE = Message.automatic.is_distinct_from("bounce")


@dataclass(frozen=True, kw_only=True)
class FileHere:
    """One file. `key` is d and the document's id, or a and the attachment's; `document` is None for one beside its message.

    `dossier_id` tells where it lies, `fixed` that it stays there because that dossier has been decided on.
    """

    key: str
    message: Message
    filename: str
    kind: str
    size: int
    document: Document | None
    dossier_id: int | None
    fixed: bool


def files_of(conversation: Conversation) -> list[FileHere]:
    """Every file of every message that came in, oldest first, but for withdrawn documents and reports of mail servers."""
    messages = {
        one.id: one
        for one in db.session.scalars(
            select(Message).where(
                Message.conversation_id == conversation.id, Message.direction == "in", _BY_PEOPLE
            )
        )
    }
    documents = db.session.execute(
        select(Document, Dossier.status)
        .join(Dossier, Dossier.id == Document.dossier_id)
        .where(Document.message_id.in_(messages), Document.status != document_lifecycle.WITHDRAWN)
        .order_by(Document.id)
    ).all()
    attachments = db.session.scalars(
        select(Attachment).where(Attachment.message_id.in_(messages)).order_by(Attachment.id)
    )
    found = [_document(one, status, messages[one.message_id or 0]) for one, status in documents]
    found += [_attachment(one, messages[one.message_id]) for one in attachments]
    return sorted(found, key=lambda one: one.message.id)


def opened_by(conversation: Conversation) -> Dossier | None:
    """The dossier that this mail opened for its sender's address and that can still become somebody else's."""
    found = db.session.get(Dossier, conversation.dossier_id) if conversation.dossier_id else None
    if found is None or not found.email or found.email != conversation.address.lower():
        return None
    return found if found.status in lifecycle.BEFORE_APPROVAL else None


def version(conversation: Conversation, files: Sequence[FileHere]) -> str:
    """What a page has seen: where every file lay, and whose dossier the conversation belonged to."""
    parts = [
        (one.key, one.dossier_id, one.document.status if one.document else "", one.fixed) for one in files
    ]
    return hashlib.sha256(canonical([conversation.dossier_id, parts])).hexdigest()[:24]


def _document(document: Document, status: str, message: Message) -> FileHere:
    return FileHere(
        key=f"d{document.id}",
        message=message,
        filename=document.filename,
        kind=document.kind,
        size=document.file.size,
        document=document,
        dossier_id=document.dossier_id,
        fixed=status not in lifecycle.TAKES_PAPERS,
    )


def _attachment(attachment: Attachment, message: Message) -> FileHere:
    return FileHere(
        key=f"a{attachment.id}",
        message=message,
        filename=attachment.filename,
        kind=str(guess_kind(attachment.filename, attachment.media_type)[0]),
        size=attachment.size,
        document=None,
        dossier_id=None,
        fixed=False,
    )


def has_files(conversation_id: int) -> bool:
    """Whether any message of a conversation brought a file that could be somebody's paper."""
    mine = select(Message.id).where(Message.conversation_id == conversation_id, _BY_PEOPLE)
    held = exists().where(Attachment.message_id.in_(mine)), exists().where(Document.message_id.in_(mine))
    return bool(db.session.scalar(select(or_(*held))))


def conversation_with_files(dossier_id: int) -> str | None:
    """The reference of the dossier's newest conversation whose mails brought files."""
    found = db.session.scalars(
        select(Conversation)
        .where(Conversation.dossier_id == dossier_id)
        .order_by(Conversation.id.desc())
        .limit(5)
    )
    return next((one.reference for one in found if has_files(one.id)), None)
