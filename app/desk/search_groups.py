"""The groups of a search's result: which kinds of thing each has, who may see it, and what its filters mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement, Select, and_, false, or_, select

from app.accounts import lifecycle as account_lifecycle
from app.accounts.models import Account
from app.conversations import lifecycle as conversation_lifecycle
from app.conversations.models import Attachment, Conversation, Message
from app.desk.search_filters import Filters
from app.documents.models import Document
from app.dossiers import lifecycle as dossier_lifecycle
from app.dossiers.models import Dossier, Note
from app.kernel.actors import Actor
from app.kernel.full_text.asked import Asked
from app.kernel.full_text.entries import SearchEntry
from app.kernel.full_text.find import Place, Window, find
from app.kernel.permissions import Permission

# For a flag and the person who searches: what must hold of an entry of the kind.
Meaning = Callable[[str, Actor], ColumnElement[bool]]
_SUBJECT = SearchEntry.subject_id


@dataclass(frozen=True)
class Group:
    """One group. `kinds` are kinds of entries, `knows` the flags that mean something for it."""

    key: str
    title: Any
    permission: Permission
    kinds: dict[str, Meaning]
    knows: frozenset[str]

    def find(self, asked: Asked, filters: Filters, *, actor: Actor, before: Place | None = None) -> Window:
        """The newest entries that match, best first. NotPermitted without the group's permission, TooBroad."""
        actor.must(self.permission)
        narrow = {
            kind: partial(_narrow, filters=filters, meaning=meaning, actor=actor)
            for kind, meaning in self.kinds.items()
        }
        return find(asked, narrow, before=before)


def _narrow(wanted: Select[int], *, filters: Filters, meaning: Meaning, actor: Actor) -> Select[int]:
    first, after = filters.between()
    if first is not None:
        wanted = wanted.where(SearchEntry.at >= first)
    if after is not None:
        wanted = wanted.where(SearchEntry.at < after)
    return wanted.where(*(meaning(flag, actor) for flag in sorted(filters.flags)))


def _of_dossier(flag: str, actor: Actor) -> ColumnElement[bool]:
    holds = {
        "open": Dossier.status.in_(dossier_lifecycle.OPEN),
        "mine": Dossier.assigned_to_id == actor.id,
    }
    return select(Dossier.id).where(Dossier.id == _SUBJECT, holds[flag]).exists()


def _of_account(flag: str, actor: Actor) -> ColumnElement[bool]:
    own = select(Dossier.id).where(Dossier.id == Account.dossier_id, Dossier.assigned_to_id == actor.id)
    holds = {"open": Account.status != account_lifecycle.CLOSED, "mine": own.exists()}
    return select(Account.id).where(Account.id == _SUBJECT, holds[flag]).exists()


def _of_conversation(flag: str, actor: Actor) -> ColumnElement[bool]:
    filed = select(Message.id).where(Message.conversation_id == Conversation.id, _has_file())
    holds = {**_held(actor), "attached": filed.exists()}
    return select(Conversation.id).where(Conversation.id == _SUBJECT, holds[flag]).exists()


def _of_message(flag: str, actor: Actor) -> ColumnElement[bool]:
    holds = {**_held(actor), "attached": _has_file()}
    joined = and_(Message.id == _SUBJECT, Message.conversation_id == Conversation.id)
    return select(Message.id).where(joined, holds[flag]).exists()


def _held(actor: Actor) -> dict[str, ColumnElement[bool]]:
    return {
        "open": Conversation.status == conversation_lifecycle.OPEN,
        "mine": Conversation.assigned_to_id == actor.id,
    }


def _has_file() -> ColumnElement[bool]:
    kept = (
        select(model.id).where(model.message_id == Message.id).exists() for model in (Attachment, Document)
    )
    return or_(*kept)


def _of_note(flag: str, actor: Actor) -> ColumnElement[bool]:
    opened = select(Dossier.id).where(
        Dossier.id == Note.dossier_id, Dossier.status.in_(dossier_lifecycle.OPEN)
    )
    holds = {"open": opened.exists(), "mine": Note.author_id == actor.id}
    return select(Note.id).where(Note.id == _SUBJECT, holds[flag]).exists()


def _of_person(_flag: str, _actor: Actor) -> ColumnElement[bool]:
    return false()


_OPEN_OR_MINE = frozenset({"open", "mine"})
GROUPS = {
    group.key: group
    for group in (
        Group(
            "dossiers",
            lazy_gettext("Dossiers"),
            Permission.DOSSIERS_READ,
            {"dossier": _of_dossier},
            _OPEN_OR_MINE,
        ),
        Group(
            "accounts",
            lazy_gettext("Accounts"),
            Permission.ACCOUNTS_READ,
            {"account": _of_account},
            _OPEN_OR_MINE,
        ),
        Group(
            "conversations",
            lazy_gettext("Conversations"),
            Permission.CONVERSATIONS_READ,
            {"conversation": _of_conversation, "message": _of_message},
            _OPEN_OR_MINE | {"attached"},
        ),
        Group("notes", lazy_gettext("Notes"), Permission.DOSSIERS_READ, {"note": _of_note}, _OPEN_OR_MINE),
        Group(
            "people",
            lazy_gettext("People"),
            Permission.CONVERSATIONS_READ,
            {"person": _of_person},
            frozenset(),
        ),
    )
}


def groups_for(actor: Actor) -> list[Group]:
    """The groups that this person may see."""
    return [group for group in GROUPS.values() if group.permission in actor.permissions]


def asked_of(groups: Iterable[Group], filters: Filters) -> list[Group]:
    """Those of the groups that the filters ask for: a group that does not know a flag has nothing to show."""
    return [group for group in groups if filters.kind in ("", group.key) and filters.flags <= group.knows]
