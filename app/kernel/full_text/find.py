"""Find: the newest entries of a kind that match, ranked by how well and how lately.

What it costs does not grow with the table: first the words' own index is asked for a bounded number of matches. Words that
stand in more things than that are looked for from the newest thing backwards, where they are met soon. Only the newest
WINDOW matches are ranked; older ones come in the next window, by keyset.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext
from sqlalchemy import BigInteger, Float, Select, any_, cast, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY, REAL, TSQUERY
from sqlalchemy.exc import OperationalError

from app.kernel.database import db
from app.kernel.errors import DeskError
from app.kernel.full_text.asked import Asked
from app.kernel.full_text.entries import SearchEntry

WINDOW = 300
# Up to so many matches are fetched by the words' index and sorted here.
MOST_BY_WORDS = 3000
MOST_MILLISECONDS = 3000
# How much a word counts where it quotes, says, names, identifies.
WEIGHTS = [0.05, 0.2, 0.7, 1.0]
# A thing so much older than the newest one found counts half.
HALF_LIFE_DAYS = 120.0
Narrow = Callable[[Select[int]], Select[int]]
Place = tuple[datetime, int]


class TooBroad(DeskError):
    """Raised when a search would take too long: its words stand in too many things."""

    status = 400
    default = lazy_gettext("This search would find too much. Please add a word that tells more.")


@dataclass(frozen=True)
class Found:
    """One entry that matches; `score` is how well its words fit, whatever its age."""

    kind: str
    subject_id: int
    at: datetime
    entry_id: int
    score: float


@dataclass(frozen=True)
class Window:
    """The newest matches before a place, best first. `rest` is the place before which older ones may be, or None."""

    found: list[Found]
    start: Place | None
    rest: Place | None


def find(
    asked: Asked, narrow: Mapping[str, Narrow], *, before: Place | None = None, size: int = WINDOW
) -> Window:
    """Ask for the kinds that are keys of `narrow`, each of which adds its own conditions to a select of entries.

    Raises TooBroad when the database would take longer than MOST_MILLISECONDS.
    """
    try:
        found = [one for kind, more in narrow.items() for one in _newest(asked, kind, more, before, size)]
    except OperationalError as error:
        # 57014 is query_canceled: the time that is set below is over.
        if getattr(error.orig, "sqlstate", None) != "57014":
            raise
        db.session.rollback()
        raise TooBroad from None
    finally:
        _settle()
    found.sort(key=lambda one: (one.at, one.entry_id), reverse=True)
    kept = found[:size]
    if not kept:
        return Window([], before, None)
    rest = (kept[-1].at, kept[-1].entry_id) if len(found) > size else None
    best = sorted(kept, key=lambda one: _worth(one, kept[0].at), reverse=True)
    return Window(best, before or (kept[0].at, kept[0].entry_id + 1), rest)


def _worth(one: Found, newest: datetime) -> float:
    days = (newest - one.at).total_seconds() / 86_400
    return one.score * float(0.5 ** (days / HALF_LIFE_DAYS))


def _newest(asked: Asked, kind: str, narrow: Narrow, before: Place | None, size: int) -> list[Found]:
    """Up to size + 1 of the newest matches of one kind."""
    query = cast(literal(asked.query(kind)), TSQUERY)
    matches = SearchEntry.words.bool_op("@@")(query)
    _by("words")
    ids = db.session.scalars(select(SearchEntry.id).where(matches).limit(MOST_BY_WORDS + 1)).all()
    if not ids:
        return []
    wanted = narrow(select(SearchEntry.id).where(SearchEntry.kind == kind))
    if len(ids) > MOST_BY_WORDS:
        _by("newest")
        wanted = wanted.where(matches)
    else:
        wanted = wanted.where(SearchEntry.id == any_(literal(ids, ARRAY(BigInteger))))
    if before is not None:
        wanted = wanted.where(tuple_(SearchEntry.at, SearchEntry.id) < before)
    newest = wanted.order_by(SearchEntry.at.desc(), SearchEntry.id.desc()).limit(size + 1).subquery()
    # Ranked after the cut: the words of a thing are large and lie apart.
    weights = cast(literal(WEIGHTS, ARRAY(Float)), ARRAY(REAL))
    score = func.ts_rank(weights, SearchEntry.words, query)
    columns = (SearchEntry.subject_id, SearchEntry.at, SearchEntry.id, score)
    rows = db.session.execute(select(*columns).join(newest, newest.c.id == SearchEntry.id))
    return [Found(kind, subject_id, at, entry_id, float(rank)) for subject_id, at, entry_id, rank in rows]


def _by(way: str) -> None:
    """Hold PostgreSQL to one index: it guesses how often a word occurs over all kinds together, and would scan the table."""
    by_words = way == "words"
    _set(
        statement_timeout=str(MOST_MILLISECONDS),
        enable_seqscan="off",
        enable_indexscan="off" if by_words else "on",
        enable_bitmapscan="on" if by_words else "off",
    )


def _settle() -> None:
    """Let PostgreSQL choose its ways again for what follows in this transaction."""
    _set(statement_timeout="0", enable_seqscan="on", enable_indexscan="on", enable_bitmapscan="on")


def _set(**values: str) -> None:
    settings = [func.set_config(name, value, True) for name, value in values.items()]
    db.session.execute(select(*settings))
