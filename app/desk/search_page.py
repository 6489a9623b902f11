"""What a search finds, as the page and the list below the search box show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import url_for
from sqlalchemy import select

from app.accounts.models import Account
from app.conversations.models import Conversation
from app.desk.search_filters import Filters
from app.desk.search_groups import Group, asked_of, groups_for
from app.desk.search_rows import Hit, collapsed, rows
from app.dossiers.models import Dossier
from app.kernel.actors import Actor
from app.kernel.database import db
from app.kernel.errors import NotFound
from app.kernel.full_text.asked import Asked
from app.kernel.full_text.due import CHUNK, index_due, waiting
from app.kernel.full_text.find import WINDOW, Place
from app.kernel.permissions import Permission

PAGE = 25
IN_OVERVIEW = 5
SUGGESTED = 4
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Row = dict[str, Any]
REFERENCES: tuple[tuple[str, Any, Permission, str], ...] = (
    ("D-", Dossier, Permission.DOSSIERS_READ, "workbench.show"),
    ("A-", Account, Permission.ACCOUNTS_READ, "accounts.show"),
    ("C-", Conversation, Permission.CONVERSATIONS_READ, "conversations.show"),
)


@dataclass(frozen=True)
class Cursor:
    """Where a page begins: a window of matches, the newest before `place`, and how many of its lines were shown."""

    place: Place | None = None
    shown: int = 0

    def __str__(self) -> str:
        if self.place is None:
            return ""
        at, key = self.place
        return f"{(at - EPOCH) // timedelta(microseconds=1)}-{key}-{self.shown}"


def read_cursor(text: str) -> Cursor:
    """The cursor that an address carries; NotFound for anything else."""
    if not text:
        return Cursor()
    parts = text.split("-")
    if len(parts) != 3 or not all(one.isascii() and one.isdigit() and len(one) < 18 for one in parts):
        raise NotFound
    since, key, shown = map(int, parts)
    if shown > WINDOW:
        raise NotFound
    return Cursor((EPOCH + timedelta(microseconds=since), key), shown)


def catch_up() -> bool:
    """Index what was written a moment ago; False when so much waits that a search may miss something."""
    few = waiting(CHUNK + 1)
    if 0 < few <= CHUNK:
        index_due(patiently=False)
    return few <= CHUNK


def overview(asked: Asked, filters: Filters, *, actor: Actor, most: int = IN_OVERVIEW) -> list[Row]:
    """The best lines of every group that has some: {key, title, rows, count, more, hits}."""
    found = [(group, *_lines(group, asked, filters, actor)) for group in asked_of(groups_for(actor), filters)]
    return [
        {
            "key": group.key,
            "title": group.title,
            "rows": rows(group.key, lines[:most], asked),
            "count": f"{len(lines)}+" if goes_on else str(len(lines)),
            "more": goes_on or len(lines) > most,
            "hits": len(lines),
        }
        for group, lines, goes_on in found
        if lines
    ]


def _lines(group: Group, asked: Asked, filters: Filters, actor: Actor) -> tuple[list[Hit], bool]:
    window = group.find(asked, filters, actor=actor)
    return collapsed(group.key, window.found), window.rest is not None


def one_group(group: Group, asked: Asked, filters: Filters, cursor: Cursor, *, actor: Actor) -> Row:
    """A page of one group from a cursor on, and the cursor of the next page or None."""
    window = group.find(asked, filters, actor=actor, before=cursor.place)
    lines = collapsed(group.key, window.found)
    until = cursor.shown + PAGE
    after = None
    if until < len(lines):
        after = Cursor(window.start, until)
    elif window.rest is not None:
        after = Cursor(window.rest)
    return {
        "key": group.key,
        "title": group.title,
        "rows": rows(group.key, lines[cursor.shown : until], asked),
        "count": f"{len(lines)}+" if window.rest or cursor.place else str(len(lines)),
        "after": str(after) if after else None,
        "hits": len(lines),
    }


def by_reference(terms: str, *, actor: Actor) -> str | None:
    """The address of the thing whose reference this is, if this person may see it."""
    wanted = "".join(terms.split()).upper()
    for prefix, model, permission, endpoint in REFERENCES:
        if wanted.startswith(prefix) and permission in actor.permissions:
            known = db.session.scalar(select(model.reference).where(model.reference == wanted))
            return url_for(endpoint, reference=known) if known else None
    return None


def only_hit(groups: list[Row]) -> str | None:
    """The address of the one thing that was found; a person is found together with what is theirs."""
    things = [group for group in groups if group["key"] != "people"] or groups
    lines = [row for group in things for row in group["rows"]]
    return lines[0]["url"] if len(lines) == 1 and sum(group["hits"] for group in things) == 1 else None
