"""Words with which the desk sorts its conversations."""

from __future__ import annotations

import unicodedata

from flask_babel import lazy_gettext
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from app.audit.record import record
from app.conversations.models import Conversation, Tag, Tagging
from app.kernel.actors import Actor
from app.kernel.database import db, fetch, lock, use_case
from app.kernel.errors import InvalidInput
from app.kernel.forms import CONTROL
from app.kernel.permissions import Permission

LONGEST = 24
# A small vocabulary is one that people remember.
MOST = 200
MOST_EACH = 10


@use_case
def add_tag(conversation_id: int, name: str, *, actor: Actor) -> Tag:
    """Put a tag on a conversation, a new one into the vocabulary; again it changes nothing. Raises InvalidInput."""
    actor.must(Permission.CONVERSATIONS_WRITE)
    conversation, tag = lock(Conversation, conversation_id), _tag(name)
    if len(tags_of([conversation_id])[conversation_id]) >= MOST_EACH:
        raise InvalidInput(lazy_gettext("A conversation carries at most ten tags."))
    made = db.session.execute(
        insert(Tagging)
        .values(conversation_id=conversation_id, tag_id=tag.id)
        .on_conflict_do_nothing()
        .returning(Tagging.id)
    ).first()
    if made is not None:
        _record("conversation.tag", conversation, tag, actor)
    return tag


@use_case
def remove_tag(conversation_id: int, tag_id: int, *, actor: Actor) -> Tag:
    """Take a tag off a conversation; again it changes nothing. NotFound for an unknown tag."""
    actor.must(Permission.CONVERSATIONS_WRITE)
    conversation, tag = lock(Conversation, conversation_id), fetch(Tag, tag_id)
    gone = db.session.execute(
        delete(Tagging)
        .where(Tagging.conversation_id == conversation_id, Tagging.tag_id == tag_id)
        .returning(Tagging.id)
    ).first()
    if gone is not None:
        _record("conversation.untag", conversation, tag, actor)
    return tag


def vocabulary() -> list[Tag]:
    """Every tag, by name."""
    return list(db.session.scalars(select(Tag).order_by(Tag.name).limit(MOST)))


def tags_of(conversation_ids: list[int]) -> dict[int, list[Tag]]:
    """The tags of these conversations, by name."""
    found: dict[int, list[Tag]] = {one: [] for one in conversation_ids}
    query = (
        select(Tagging.conversation_id, Tag)
        .join(Tag, Tag.id == Tagging.tag_id)
        .where(Tagging.conversation_id.in_(conversation_ids))
        .order_by(Tag.name)
    )
    for conversation_id, tag in db.session.execute(query):
        found[conversation_id].append(tag)
    return found


def tidy(name: str) -> str:
    """A tag as it is kept: lower case, single spaces, no leading #; InvalidInput when nothing or too much is left."""
    words = " ".join(unicodedata.normalize("NFC", name).casefold().split()).lstrip("# ")
    if not 0 < len(words) <= LONGEST or CONTROL.search(words):
        raise InvalidInput(lazy_gettext("A tag has between one and 24 characters."))
    return words


def _tag(name: str) -> Tag:
    """The tag of this name, made when it is new; two who make it at once get the same row."""
    words = tidy(name)
    found = db.session.scalars(select(Tag).where(Tag.name == words)).one_or_none()
    if found is not None:
        return found
    if (db.session.scalar(select(func.count()).select_from(Tag)) or 0) >= MOST:
        raise InvalidInput(lazy_gettext("There are 200 tags already: use one of them."))
    db.session.execute(insert(Tag).values(name=words).on_conflict_do_nothing(index_elements=["name"]))
    return db.session.scalars(select(Tag).where(Tag.name == words)).one()


def _record(verb: str, conversation: Conversation, tag: Tag, actor: Actor) -> None:
    details = {"tag": tag.name}
    record(verb, actor=actor, subject=conversation, dossier_id=conversation.dossier_id, details=details)
