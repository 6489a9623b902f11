"""The index's rows, and the two ways to change them: `index` and `forget`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, delete, insert, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.database import Model, db, use_case
from app.kernel.full_text.stems import stems_of
from app.kernel.full_text.vector import Described, all_words, as_vector, words_of


class SearchEntry(Model):
    """The words of one thing, without the text: `kind` and `subject_id` say whose, `at` is its age."""

    __tablename__ = "search_entry"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id"),
        Index("ix_search_entry_words", "words", postgresql_using="gin"),
        # The newest of a kind, for words that stand everywhere.
        Index("ix_search_entry_newest", "kind", "at", "id"),
    )

    kind: Mapped[str]
    subject_id: Mapped[int]
    at: Mapped[datetime]
    words: Mapped[str] = mapped_column(TSVECTOR, deferred=True)


class SearchDue(Model):
    """A thing that was written, changed or deleted since it was indexed. Added by triggers; never updated, so nobody waits."""

    __tablename__ = "search_due"

    kind: Mapped[str]
    subject_id: Mapped[int]


_WRITE = text(
    "INSERT INTO search_entry (kind, subject_id, at, words)"
    " VALUES (:kind, :subject_id, :at, CAST(:words AS tsvector)) ON CONFLICT (kind, subject_id)"
    " DO UPDATE SET at = EXCLUDED.at, words = EXCLUDED.words"
)


@use_case
def index(kind: str, described: Iterable[Described]) -> None:
    """Write the entries of these things of one kind, in place of what they had."""
    made = [(one, words_of(one)) for one in described]
    stems = stems_of(all_words(words for _one, words in made))
    rows = [
        {
            "kind": kind,
            "subject_id": one.subject_id,
            "at": one.at,
            "words": as_vector(words, stems, kind=kind),
        }
        for one, words in made
    ]
    if rows:
        db.session.execute(_WRITE, rows)


@use_case
def forget(kind: str, subject_ids: Sequence[int]) -> None:
    """Take these things out of the index now, as when a person is erased; unknown ones change nothing."""
    gone = SearchEntry.subject_id.in_(subject_ids)
    db.session.execute(delete(SearchEntry).where(SearchEntry.kind == kind, gone))


@use_case
def note(kind: str, subject_ids: Iterable[int]) -> None:
    """Have these things indexed anew, for text that is no row's column and so has no trigger."""
    rows = [{"kind": kind, "subject_id": one} for one in subject_ids]
    if rows:
        db.session.execute(insert(SearchDue), rows)
