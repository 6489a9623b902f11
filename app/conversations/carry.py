"""What belongs to a conversation, carried over when it is merged into another or becomes another person's."""

from __future__ import annotations

from sqlalchemy import select, update

from app.accounts.models import Person
from app.conversations.models import (
    Conversation,
    ConversationNote,
    Draft,
    DraftFile,
    Mention,
    Message,
    Tagging,
)
from app.conversations.parties import parties_of
from app.kernel.database import db
from app.letters.models import LetterFile
from app.vault.keep import hand_over
from app.vault.models import StoredFile


def give_to(conversation: Conversation, person: Person) -> None:
    """The conversation is this person's from now on, and every file of it theirs; joins the running use case."""
    conversation.person_id = person.id
    db.session.flush()
    db.session.expire(conversation, ["person", "messages"])
    files_over(list(conversation.messages), person.key_owner)
    for draft in db.session.scalars(select(Draft).where(Draft.conversation_id == conversation.id)):
        for enclosed in draft.files:
            hand_over(enclosed.file, person.key_owner)


def files_over(messages: list[Message], owner: str) -> None:
    """Hand the mails as they came, their files, and those of our letters to another owner."""
    for message in messages:
        raw = db.session.get(StoredFile, message.raw_file_id) if message.raw_file_id else None
        for file in (raw, *(attachment.file for attachment in message.attachments)):
            if file is not None:
                hand_over(file, owner)
    letters = [message.letter_id for message in messages if message.letter_id]
    for enclosed in db.session.scalars(select(LetterFile).where(LetterFile.letter_id.in_(letters))):
        hand_over(enclosed.file, owner)


def carry_over(gone: Conversation, kept: Conversation) -> None:
    """Who takes part, tags, notes, who was called in, and drafts with their files; joins the running use case."""
    _parties(gone, kept)
    _tags(gone, kept)
    moved = update(ConversationNote).where(ConversationNote.conversation_id == gone.id)
    db.session.execute(moved.values(conversation_id=kept.id))
    _mentions(gone, kept)
    for draft in db.session.scalars(select(Draft).where(Draft.conversation_id == gone.id)).all():
        _draft(draft, kept)
    db.session.flush()


def _parties(gone: Conversation, kept: Conversation) -> None:
    there = {one.address for one in parties_of(kept)}
    for party in parties_of(gone):
        if party.address not in there:
            party.conversation_id = kept.id


def _tags(gone: Conversation, kept: Conversation) -> None:
    there = set(db.session.scalars(select(Tagging.tag_id).where(Tagging.conversation_id == kept.id)))
    for tagging in db.session.scalars(select(Tagging).where(Tagging.conversation_id == gone.id)):
        if tagging.tag_id not in there:
            tagging.conversation_id = kept.id


def _mentions(gone: Conversation, kept: Conversation) -> None:
    """One a person and conversation: the later call counts."""
    there = {
        one.staff_id: one
        for one in db.session.scalars(select(Mention).where(Mention.conversation_id == kept.id))
    }
    for mention in db.session.scalars(select(Mention).where(Mention.conversation_id == gone.id)):
        other = there.get(mention.staff_id)
        if other is None:
            mention.conversation_id = kept.id
        elif other.mentioned_at < mention.mentioned_at:
            other.note_id, other.mentioned_at, other.seen_at = (
                mention.note_id,
                mention.mentioned_at,
                mention.seen_at,
            )


def _draft(draft: Draft, kept: Conversation) -> None:
    """A draft goes along; below the one that its writer has there already, should there be one."""
    for file in draft.files:
        hand_over(file.file, kept.person.key_owner)
    there = db.session.scalars(
        select(Draft).where(Draft.conversation_id == kept.id, Draft.staff_id == draft.staff_id)
    ).one_or_none()
    if there is None:
        draft.conversation_id = kept.id
        return
    there.text = f"{there.text}\n\n{draft.text}".strip()
    there.version += 1
    db.session.execute(update(DraftFile).where(DraftFile.draft_id == draft.id).values(draft_id=there.id))
    db.session.expire(there, ["files"])
    db.session.expire(draft, ["files"])
    db.session.flush()
    db.session.delete(draft)
