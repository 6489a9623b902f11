"""What a staff member has begun to write in a conversation, kept for them alone until it is sent or dropped."""

from __future__ import annotations

from flask_babel import lazy_gettext
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.conversations.enclose import File, add_files
from app.conversations.models import Conversation, Draft, DraftFile
from app.kernel.actors import Actor
from app.kernel.clock import now
from app.kernel.database import db, fetch, lock, use_case
from app.kernel.errors import InvalidInput, NotFound, Stale
from app.kernel.permissions import Permission

LONGEST = 20_000


class OtherTab(Stale):
    """Raised when the draft has been changed elsewhere since this page last saw it (409).

    `text` and `version` are what is kept now; version 0 means that it was sent or thrown away.
    """

    default = lazy_gettext("This draft was changed in another window, so what is here was not kept over it.")

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.text, self.version = draft.text, draft.version


def draft_of(conversation_id: int, staff_id: int | None) -> Draft | None:
    """A staff member's draft in a conversation, if there is one."""
    return db.session.scalars(
        select(Draft).where(Draft.conversation_id == conversation_id, Draft.staff_id == staff_id)
    ).one_or_none()


def drafted(conversation_ids: list[int], staff_id: int | None) -> set[int]:
    """Which of these conversations hold a draft of this staff member."""
    return set(
        db.session.scalars(
            select(Draft.conversation_id).where(
                Draft.staff_id == staff_id, Draft.conversation_id.in_(conversation_ids)
            )
        )
    )


@use_case
def save_draft(conversation_id: int, *, text: str, seen: int, actor: Actor) -> Draft | None:
    """Keep `text` if the draft still has the version `seen` (0: there was none); None when nothing is left to keep.

    Raises OtherTab when another window has saved meanwhile: its text is kept, and this one's writer decides.
    """
    draft = _held(conversation_id, actor, begin=bool(text.strip()))
    if draft is None:
        return None
    if draft.version != seen and draft.text != text:
        raise OtherTab(draft)
    if len(text) > LONGEST:
        raise InvalidInput(lazy_gettext("An answer has between one and 20,000 characters."))
    return _written(draft, text)


@use_case
def put_back(conversation_id: int, *, text: str, actor: Actor) -> Draft:
    """Lay `text` before whatever the draft holds, so that neither is lost."""
    draft = _held(conversation_id, actor, begin=True)
    assert draft is not None
    both = text if not draft.text.strip() else f"{text}\n\n{draft.text}"
    return _written(draft, both) or draft


@use_case
def attach(conversation_id: int, files: list[File], *, actor: Actor) -> Draft:
    """Lay files beside the draft. Raises InvalidInput with the reason, all or none."""
    draft = _held(conversation_id, actor, begin=True)
    assert draft is not None
    add_files(draft, fetch(Conversation, conversation_id), files)
    return draft


@use_case
def detach(conversation_id: int, file_id: int, *, actor: Actor) -> Draft | None:
    """Take one file away again; None when nothing of the draft is left. NotFound when it is not there."""
    draft = _held(conversation_id, actor, begin=False)
    found = [one for one in draft.files if one.id == file_id] if draft else []
    if draft is None or not found:
        raise NotFound
    _drop(draft, found)
    return _written(draft, draft.text)


@use_case
def drop_draft(conversation_id: int, *, actor: Actor) -> None:
    """Forget the draft and its files, because it was sent or thrown away."""
    draft = _held(conversation_id, actor, begin=False)
    if draft is not None:
        _drop(draft, list(draft.files))
        db.session.delete(draft)
        db.session.flush()


def _held(conversation_id: int, actor: Actor, *, begin: bool) -> Draft | None:
    """The draft's row, locked; with `begin` it is made when it is not there, by whichever window comes first."""
    actor.must(Permission.CONVERSATIONS_WRITE)
    fetch(Conversation, conversation_id)
    if begin:
        db.session.execute(
            insert(Draft)
            .values(conversation_id=conversation_id, staff_id=actor.staff_id, text="", version=0)
            .on_conflict_do_nothing(index_elements=["conversation_id", "staff_id"])
        )
    found = draft_of(conversation_id, actor.staff_id)
    if found is None:
        return None
    try:
        return lock(Draft, found.id)
    except NotFound:
        # Sent from another window at this very moment.
        return None


def _written(draft: Draft, text: str) -> Draft | None:
    if not text.strip() and not draft.files:
        db.session.delete(draft)
        db.session.flush()
        return None
    draft.text, draft.version, draft.saved_at = text, draft.version + 1, now()
    db.session.flush()
    return draft


def _drop(draft: Draft, files: list[DraftFile]) -> None:
    """Rows of the files go, and with them the only keys that open what stays in the store."""
    for one in files:
        stored = one.file
        draft.files.remove(one)
        db.session.flush()
        db.session.delete(stored)
