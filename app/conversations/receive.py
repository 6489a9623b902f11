"""Put a message that came in into its conversation."""

from __future__ import annotations

from collections.abc import Sequence

from app.audit.record import record
from app.conversations import lifecycle
from app.conversations.models import Attachment, Conversation, Message
from app.conversations.reading import Attachment as ReadAttachment
from app.conversations.reading import ReadMessage
from app.conversations.service_level import ASKS
from app.kernel.actors import SYSTEM
from app.kernel.clock import now
from app.kernel.database import db, use_case
from app.vault.keep import keep_all
from app.vault.models import StoredFile


@use_case
def add_message(
    conversation: Conversation,
    read: ReadMessage,
    *,
    sender_verified: bool,
    known_party: bool,
    raw_file: StoredFile,
    hints: tuple[str, ...] = (),
) -> Message:
    """Add what came in; a person's message, or a bounce, asks for an answer again.

    `known_party` tells whether the sender takes part: the conversation is with them, or an agent agreed to them;
    `raw_file` is the mail as it came.
    `hints` are further remarks for the agent, in English, without personal data. Attachments are added apart.
    """
    sender = read.from_[0] if read.from_ else None
    message = Message(
        conversation_id=conversation.id,
        direction="in",
        from_name=sender.name if sender else "",
        from_address=sender.address if sender else "",
        sender_verified=sender_verified,
        known_party=known_party,
        subject=read.subject[:500],
        text=read.text,
        html=read.html,
        message_id=read.message_id,
        sent_at=read.sent_at,
        automatic=read.automatic,
        defects=[*read.defects, *hints],
        raw_file_id=raw_file.id,
    )
    db.session.add(message)
    conversation.last_message_at = now()
    record("message.receive", actor=SYSTEM, subject=message, dossier_id=conversation.dossier_id)
    if read.automatic in ASKS:
        lifecycle.reopen(conversation.id)
    return message


@use_case
def add_attachments(message: Message, attachments: Sequence[ReadAttachment]) -> list[Attachment]:
    """Keep files that do not become a dossier's documents, under the key of the conversation's person."""
    owner = message.conversation.person.key_owner
    kept = keep_all(owner, [one.content for one in attachments])
    rows = [
        Attachment(
            message_id=message.id,
            filename=one.filename,
            media_type=one.media_type,
            size=len(one.content),
            file_id=stored.id,
        )
        for one, stored in zip(attachments, kept, strict=True)
    ]
    db.session.add_all(rows)
    db.session.flush()
    return rows
