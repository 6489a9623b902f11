"""Notes for colleagues on a conversation, and who is called in by one."""

from __future__ import annotations

from flask_babel import lazy_gettext
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.audit.record import record
from app.conversations.models import Conversation, ConversationNote, Mention
from app.kernel.actors import Actor
from app.kernel.clock import now
from app.kernel.database import db, fetch, use_case
from app.kernel.errors import InvalidInput
from app.kernel.forms import clean
from app.kernel.permissions import Permission
from app.staff.models import StaffMember

LONGEST = 5000


@use_case
def add_note(conversation_id: int, *, text: str, actor: Actor) -> ConversationNote:
    """Keep a note (1 to 5000 characters) that no letter ever carries. Whoever stands in it as @Name is called in."""
    actor.must(Permission.CONVERSATIONS_WRITE)
    conversation, tidy = fetch(Conversation, conversation_id), clean(text)
    if not 0 < len(tidy) <= LONGEST:
        raise InvalidInput(lazy_gettext("Please write a note of up to 5000 characters."))
    note = ConversationNote(conversation_id=conversation.id, author_id=actor.staff_id, text=tidy)
    db.session.add(note)
    db.session.flush()
    # In the order of their ids, so that two notes that call the same people in never wait for each other.
    for member in sorted(mentioned_in(tidy), key=lambda one: one.id):
        if member.id != actor.staff_id:
            _call_in(note, member)
    record("conversation.note", actor=actor, subject=note, dossier_id=conversation.dossier_id)
    return note


@use_case
def see_mention(conversation_id: int, *, actor: Actor) -> None:
    """The one who was called in has opened the conversation."""
    db.session.execute(
        update(Mention)
        .where(
            Mention.conversation_id == conversation_id,
            Mention.staff_id == actor.staff_id,
            Mention.seen_at.is_(None),
        )
        .values(seen_at=now())
    )


def notes_of(conversation_id: int) -> list[ConversationNote]:
    """The notes of a conversation, oldest first."""
    query = select(ConversationNote).where(ConversationNote.conversation_id == conversation_id)
    return list(db.session.scalars(query.order_by(ConversationNote.id)))


def readers() -> list[StaffMember]:
    """Everybody who can be called in: who may read conversations, by name."""
    active = db.session.scalars(select(StaffMember).where(StaffMember.active).order_by(StaffMember.name))
    return [member for member in active if Permission.CONVERSATIONS_READ in member.permissions]


def mentioned_in(text: str) -> list[StaffMember]:
    """Who stands in the text as @ and the whole name, in whatever case; of Sari and Sari Dewi the longer one that fits."""
    people = sorted(readers(), key=lambda member: -len(member.name))
    left, found = text.casefold(), []
    for member in people:
        name = f"@{member.name.casefold()}"
        if _stands_in(name, left):
            found.append(member)
            # Namesakes are both called in; a shorter name is not found in a longer one.
            if not any(
                other.name.casefold() == member.name.casefold() for other in people if other not in found
            ):
                left = left.replace(name, " ")
    return found


def _stands_in(name: str, text: str) -> bool:
    start = text.find(name)
    while start >= 0:
        after = text[start + len(name) :][:1]
        before = text[:start][-1:]
        if not (after.isalnum() or after == "_" or before.isalnum()):
            return True
        start = text.find(name, start + 1)
    return False


def _call_in(note: ConversationNote, member: StaffMember) -> None:
    called = {"note_id": note.id, "mentioned_at": now(), "seen_at": None}
    db.session.execute(
        insert(Mention)
        .values(conversation_id=note.conversation_id, staff_id=member.id, **called)
        .on_conflict_do_update(index_elements=["conversation_id", "staff_id"], set_=called)
    )
