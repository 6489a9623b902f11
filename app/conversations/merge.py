"""Put two conversations of one person together, or take a message out into a conversation of its own."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext
from sqlalchemy import Select, func, or_, select, update

from app.accounts.models import Person
from app.accounts.people import person_for
from app.audit.record import record
from app.conversations import lifecycle
from app.conversations.carry import carry_over, files_over
from app.conversations.models import Conversation, Message
from app.conversations.open import open_conversation
from app.conversations.service_level import recompute
from app.kernel.actors import Actor
from app.kernel.database import db, fetch, lock, use_case
from app.kernel.errors import Refused, Stale
from app.kernel.permissions import Permission
from app.letters.models import Letter


@use_case
def merge_conversations(gone_id: int, *, kept_id: int, actor: Actor) -> Conversation:
    """Put the messages of one conversation, with their times, into another of the same person or dossier; the kept one.

    Whoever took part, tags, notes and drafts go along; answers to letters of the one arrive in the kept one. Raises
    Refused for another person's, or one of another dossier, Stale when it was merged meanwhile.
    """
    actor.must(Permission.CONVERSATIONS_WRITE)
    gone, kept = _hold(gone_id, kept_id)
    if gone.merged_into_id is not None or kept.merged_into_id is not None:
        raise Stale
    if not may_merge(gone, kept):
        raise Refused(
            lazy_gettext("Only conversations of one person, or of one dossier, can be put together.")
        )
    waits = gone.status in (lifecycle.OPEN, lifecycle.SNOOZED)
    _take_over(list(gone.messages), kept)
    carry_over(gone, kept)
    kept.dossier_id = kept.dossier_id or gone.dossier_id
    kept.last_message_at = max(kept.last_message_at, gone.last_message_at)
    db.session.execute(
        update(Conversation).where(Conversation.merged_into_id == gone.id).values(merged_into_id=kept.id)
    )
    lifecycle.merge_away(gone.id, into=kept.id)
    if waits:
        lifecycle.reopen(kept.id)
    recompute(kept.id)
    details = {"kept": kept.reference, "gone": gone.reference}
    record("conversation.merge", actor=actor, subject=kept, dossier_id=kept.dossier_id, details=details)
    return kept


@use_case
def split_out(message_id: int, *, actor: Actor) -> Conversation:
    """Take a message, with its time and its files, out into a new conversation, which waits for an answer.

    That one is with the person of the old conversation, or with the sender if that is somebody else. It belongs to no
    dossier yet; papers that lie in one stay there. Raises Refused for the only message and for one of ours.
    """
    actor.must(Permission.CONVERSATIONS_WRITE)
    message = fetch(Message, message_id)
    person = lock(Person, _person(message).id)
    old = lock(Conversation, message.conversation_id)
    db.session.refresh(message)
    if message.conversation_id != old.id:
        raise Stale
    if message.direction != "in":
        raise Refused(lazy_gettext("An answer of ours stays in the conversation that it belongs to."))
    if len(old.messages) < 2:
        raise Refused(lazy_gettext("It is the only message, so it has a conversation of its own already."))
    new = open_conversation(
        person=person, address=message.from_address, subject=message.subject or old.subject
    )
    _take_over([message], new)
    new.last_message_at = message.created_at
    old.last_message_at = _last(old)
    for one in (old, new):
        recompute(one.id)
    details = {"from": old.reference, "to": new.reference}
    record("conversation.split_out", actor=actor, subject=message, dossier_id=old.dossier_id, details=details)
    return new


def may_merge(one: Conversation, other: Conversation) -> bool:
    """Whether two conversations can be put together: of one person or dossier, and not of two dossiers."""
    if one.id == other.id:
        return False
    dossiers = {one.dossier_id, other.dossier_id} - {None}
    if len(dossiers) > 1:
        return False
    return one.person_id == other.person_id or (
        one.dossier_id is not None and one.dossier_id == other.dossier_id
    )


def mergeable_with(conversation: Conversation, *, most: int = 20) -> list[Conversation]:
    """The newest conversations that could be put together with this one."""
    same = [Conversation.person_id == conversation.person_id]
    if conversation.dossier_id is not None:
        same.append(Conversation.dossier_id == conversation.dossier_id)
    query = (
        select(Conversation)
        .where(or_(*same), Conversation.id != conversation.id, Conversation.merged_into_id.is_(None))
        .order_by(Conversation.id.desc())
        .limit(most)
    )
    return [one for one in db.session.scalars(query) if may_merge(one, conversation)]


def _hold(gone_id: int, kept_id: int) -> tuple[Conversation, Conversation]:
    for person_id in sorted({fetch(Conversation, one).person_id for one in (gone_id, kept_id)}):
        lock(Person, person_id)
    held = {one: lock(Conversation, one) for one in sorted({gone_id, kept_id})}
    for one in held.values():
        db.session.expire(one, ["messages"])
    return held[gone_id], held[kept_id]


def _take_over(messages: list[Message], target: Conversation) -> None:
    """Messages, their letters, and their files, which belong to the target's person from now on."""
    letters = [message.letter_id for message in messages if message.letter_id]
    sources = {message.conversation_id for message in messages}
    for message in messages:
        message.conversation_id = target.id
    files_over(messages, target.person.key_owner)
    db.session.flush()
    # Automatic letters carry no message: they go along when nothing is left of the conversation they were sent in.
    emptied = [one for one in sources if not db.session.scalar(_count(one))]
    db.session.execute(
        update(Letter)
        .where(or_(Letter.id.in_(letters), Letter.conversation_id.in_(emptied)))
        .values(conversation_id=target.id)
    )
    for source in sources:
        db.session.expire(fetch(Conversation, source), ["messages"])
    db.session.expire(target, ["messages"])


def _person(message: Message) -> Person:
    conversation = message.conversation
    if message.from_address.lower() == conversation.address.lower():
        return conversation.person
    return person_for(address=message.from_address, name=message.from_name, locale=conversation.person.locale)


def _count(conversation_id: int) -> Select[int]:
    return select(func.count(Message.id)).where(Message.conversation_id == conversation_id)


def _last(conversation: Conversation) -> datetime:
    newest = select(func.max(Message.created_at)).where(Message.conversation_id == conversation.id)
    return db.session.scalar(newest) or conversation.last_message_at
