"""Answer a conversation: the staff member's text goes out as a letter in the thread."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from flask import current_app
from flask_babel import lazy_gettext
from sqlalchemy import select

from app.accounts.language import speak
from app.audit.record import record
from app.conversations import lifecycle
from app.conversations.draft import LONGEST, attach, draft_of, drop_draft
from app.conversations.enclose import File, to_letter
from app.conversations.models import Conversation, Draft, Message
from app.conversations.parties import recipient
from app.conversations.quote import quoted
from app.kernel.actors import Actor
from app.kernel.clock import now
from app.kernel.database import db, fetch, lock, use_case
from app.kernel.errors import InvalidInput, Refused, Stale
from app.kernel.permissions import Permission
from app.knowledge.placeholders import PLACEHOLDER
from app.letters.models import Letter
from app.letters.queue import queue_letter
from app.staff.models import StaffMember

# A second click on the button, or the form posted again by the browser, is not a second answer.
SAME_WITHIN = timedelta(minutes=2)


@use_case
def reply(
    conversation_id: int,
    *,
    text: str,
    actor: Actor,
    to: str | None = None,
    files: Sequence[File] = (),
    language: str | None = None,
    quoting: bool = False,
    from_draft: bool = False,
) -> Message:
    """Send `text` to the address the conversation is with, or to another that takes part (`to`); never to a Reply-To.

    It leaves after UNDO_SEND_SECONDS, until when `undo` takes it back. `language` (en or id) is the person's from now on.
    With `quoting` the letter repeats below what it answers; with `from_draft` the files of the writer's draft go too.
    Raises InvalidInput, Refused, and Stale for a conversation that was merged into another.
    """
    actor.must(Permission.CONVERSATIONS_WRITE)
    person = fetch(Conversation, conversation_id).person
    if language not in (None, person.locale):
        # Before the conversation: rows are held in this order everywhere.
        speak(person.id, str(language), actor=actor)
    conversation = lock(Conversation, conversation_id)
    if conversation.merged_into_id is not None:
        raise Stale
    text = text.strip()
    _check(text)
    address = recipient(conversation, to)
    if _said_already(conversation_id, text, address, actor.staff_id):
        raise Refused(lazy_gettext("This answer has just been sent. It was not sent twice."))
    letter = _letter(conversation, f"{text}{quoted(conversation_id) if quoting else ''}", address)
    _enclose(conversation_id, list(files), letter, from_draft=from_draft, actor=actor)
    message = _message(conversation, text, letter, actor.staff_id)
    lifecycle.answer(conversation_id)
    record("conversation.reply", actor=actor, subject=message, dossier_id=conversation.dossier_id)
    return message


def _check(text: str) -> None:
    if not text or len(text) > LONGEST:
        raise InvalidInput(lazy_gettext("An answer has between one and 20,000 characters."))
    if PLACEHOLDER.search(text):
        raise InvalidInput(lazy_gettext("The text still holds a placeholder in {{ }}: fill it in first."))


def _enclose(
    conversation_id: int, files: list[File], letter: Letter, *, from_draft: bool, actor: Actor
) -> None:
    """Files come by way of the draft, where they are checked and counted. A draft about something else is left alone."""
    if files:
        attach(conversation_id, files, actor=actor)
    draft = draft_of(conversation_id, actor.staff_id)
    if draft is not None and (files or from_draft):
        to_letter(lock(Draft, draft.id), letter)
        drop_draft(conversation_id, actor=actor)


def _letter(conversation: Conversation, text: str, address: str) -> Letter:
    subject = conversation.subject
    return queue_letter(
        "conversations/reply",
        to=address,
        locale=conversation.person.locale,
        context={"subject": subject if subject.lower().startswith("re:") else f"Re: {subject}", "text": text},
        conversation_id=conversation.id,
        dossier_id=conversation.dossier_id,
        delay=timedelta(seconds=current_app.extensions["desk_settings"].undo_send_seconds) or None,
    )


def _message(conversation: Conversation, text: str, letter: Letter, author_id: int) -> Message:
    message = Message(
        conversation_id=conversation.id,
        direction="out",
        from_name=fetch(StaffMember, author_id).name,
        from_address=letter.sender,
        sender_verified=True,
        subject=letter.subject,
        text=text,
        message_id=letter.message_id,
        sent_at=now(),
        letter_id=letter.id,
        author_id=author_id,
    )
    db.session.add(message)
    conversation.last_message_at = now()
    db.session.flush()
    return message


def _said_already(conversation_id: int, text: str, address: str, author_id: int) -> bool:
    last = db.session.execute(
        select(Message, Letter.to_address)
        .join(Letter, Letter.id == Message.letter_id)
        .where(Message.conversation_id == conversation_id, Message.direction == "out")
        .order_by(Message.id.desc())
        .limit(1)
    ).one_or_none()
    return (
        last is not None
        and (last[0].text, last[0].author_id, last[1]) == (text, author_id, address)
        and now() - last[0].created_at < SAME_WITHIN
    )
