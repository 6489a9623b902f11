"""The indexer: takes what waits, newest first, reads it anew and writes its entries. One at a time, under an advisory lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from flask import Flask, current_app
from sqlalchemy import delete, func, insert, literal, select, text

from app.kernel.database import Model, db, use_case
from app.kernel.full_text.entries import SearchDue, SearchEntry, forget, index
from app.kernel.full_text.vector import Described
from app.kernel.web import log_error

Describe = Callable[[Sequence[int]], Iterable[Described]]

LOCK = 0x7365_6172_6368
CHUNK = 200


@dataclass(frozen=True)
class Kind:
    """A kind of thing: the rows it consists of, and what is known of some of them; rows that are gone are left out."""

    model: type[Model]
    describe: Describe


def describe(app: Flask, kind: str, model: type[Model], describe: Describe) -> None:
    """Have things of this kind indexed by what `describe` says of them."""
    app.extensions.setdefault("desk_full_text", {})[kind] = Kind(model, describe)


def kinds() -> dict[str, Kind]:
    """Every kind that this application indexes."""
    known: dict[str, Kind] = current_app.extensions.get("desk_full_text", {})
    return known


def waiting(most: int | None = None) -> int:
    """How many notes wait, counted up to `most`."""
    rows = select(SearchDue.id).limit(most)
    return int(db.session.scalar(select(func.count()).select_from(rows.subquery())) or 0)


@use_case
def index_due(most: int = CHUNK, *, patiently: bool = True) -> int:
    """Index up to `most` notes; returns how many were taken, 0 when none waits.

    Not `patiently`, it does nothing while another process is indexing. A thing that cannot be described is logged by its
    id and left out: one of them never holds up the others.
    """
    if not _alone(patiently):
        return 0
    newest = select(SearchDue.id).order_by(SearchDue.id.desc()).limit(most)
    taken = db.session.execute(
        delete(SearchDue)
        .where(SearchDue.id.in_(newest.scalar_subquery()))
        .returning(SearchDue.kind, SearchDue.subject_id)
    ).all()
    by_kind: dict[str, set[int]] = {}
    for kind, subject_id in taken:
        by_kind.setdefault(kind, set()).add(subject_id)
    for kind, subjects in sorted(by_kind.items()):
        _index(kind, sorted(subjects))
    return len(taken)


def _alone(patiently: bool) -> bool:
    if not patiently:
        asked = text("SELECT pg_try_advisory_xact_lock(:key)")
        return bool(db.session.scalar(asked, {"key": LOCK}))
    db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    return True


def _index(kind: str, subject_ids: Sequence[int]) -> None:
    try:
        with db.session.begin_nested():
            _write(kind, subject_ids)
    except Exception as error:  # noqa: BLE001  # whatever one thing's text does, the others are indexed
        if len(subject_ids) > 1:
            for one in subject_ids:
                _index(kind, [one])
        else:
            log_error("not indexed", error, kind_of_thing=kind, subject_id=subject_ids[0])


def _write(kind: str, subject_ids: Sequence[int]) -> None:
    known = kinds().get(kind)
    described = list(known.describe(subject_ids)) if known else []
    index(kind, described)
    gone = set(subject_ids) - {one.subject_id for one in described}
    if gone:
        forget(kind, sorted(gone))


@use_case
def note_everything() -> None:
    """Have the whole index written anew: every row of every kind, and every entry, whose thing may be gone.

    Oldest first, so that the newest are indexed first.
    """
    for name, kind in kinds().items():
        rows = select(literal(name), kind.model.id).order_by(kind.model.id)
        lost = SearchEntry.subject_id.not_in(select(kind.model.id))
        gone = select(SearchEntry.kind, SearchEntry.subject_id).where(SearchEntry.kind == name, lost)
        for chosen in (gone, rows):
            db.session.execute(insert(SearchDue).from_select(["kind", "subject_id"], chosen))
