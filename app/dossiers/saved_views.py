"""The saved views of the dossiers list: which dossiers, in which order, how many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_

from app.documents import lifecycle as document_lifecycle
from app.documents.kinds import DocumentKind
from app.documents.models import Document
from app.dossiers import lifecycle
from app.dossiers.models import Dossier
from app.kernel.actors import Actor
from app.kernel.clock import JAKARTA, now
from app.kernel.database import Model, db
from app.kernel.errors import NotFound
from app.kernel.office import calendar

PAGE = 50
COUNT_TO = 999
# How much working time a dossier may stay in a state in which somebody of ours has to act: about one day, and three.
LATE_AFTER = {
    lifecycle.REVIEWING: timedelta(hours=8),
    lifecycle.AWAITING_APPROVAL: timedelta(hours=8),
    lifecycle.AWAITING_CALL: timedelta(hours=24),
}


@dataclass(frozen=True)
class SavedView:
    """One view. A queue shows the longest waiting first; the others the newest, and are not counted."""

    label: Any
    condition: Callable[[Actor], ColumnElement[bool]]
    queue: bool = True


def due_of(dossier: Dossier) -> datetime | None:
    """When somebody of ours has to have acted by LATE_AFTER; None in a state that waits for others."""
    limit = LATE_AFTER.get(dossier.status)
    return calendar().add_working(dossier.status_since, limit) if limit else None


def is_late(dossier: Dossier) -> bool:
    """Whether that moment has passed."""
    due = due_of(dossier)
    return due is not None and due <= now()


def unsorted() -> ColumnElement[bool]:
    """Has a file of an unknown kind that nobody has looked at: it may be the very one that is missing."""
    return exists().where(
        Document.dossier_id == Dossier.id,
        Document.status == document_lifecycle.UNDECIDED,
        Document.kind == DocumentKind.OTHER,
    )


def to_review() -> ColumnElement[bool]:
    """Waits for an agent's eyes on its documents."""
    collecting = and_(Dossier.status == lifecycle.COLLECTING, unsorted())
    return or_(Dossier.status == lifecycle.REVIEWING, collecting)


def _mine(actor: Actor) -> ColumnElement[bool]:
    return and_(Dossier.assigned_to_id == actor.id, Dossier.status.in_(lifecycle.OPEN))


def _waiting(actor: Actor) -> ColumnElement[bool]:
    return and_(Dossier.status == lifecycle.COLLECTING, ~unsorted())


def _calls_today(actor: Actor) -> ColumnElement[bool]:
    # Calls are a higher feature, so their table is read by its name.
    call = Model.metadata.tables["call"]
    today = datetime.combine(now().astimezone(JAKARTA).date(), time(), JAKARTA).astimezone(UTC)
    booked = exists().where(
        call.c.dossier_id == Dossier.id,
        call.c.status == "booked",
        call.c.starts_at >= today,
        call.c.starts_at < today + timedelta(days=1),
    )
    return and_(Dossier.status == lifecycle.CALL_BOOKED, booked)


def _late(actor: Actor) -> ColumnElement[bool]:
    # One threshold a state instead of a due time a row, so that the index on status and status_since serves.
    at, hours = now(), calendar()
    return or_(
        *(
            and_(Dossier.status == status, Dossier.status_since <= hours.subtract_working(at, limit))
            for status, limit in LATE_AFTER.items()
        )
    )


VIEWS: dict[str, SavedView] = {
    "mine": SavedView(lazy_gettext("Mine"), _mine),
    "to_review": SavedView(lazy_gettext("To review"), lambda actor: to_review()),
    "waiting": SavedView(lazy_gettext("Waiting for applicant"), _waiting),
    "calls_today": SavedView(lazy_gettext("Calls today"), _calls_today),
    "to_approve": SavedView(
        lazy_gettext("To approve"), lambda actor: Dossier.status == lifecycle.AWAITING_APPROVAL
    ),
    "late": SavedView(lazy_gettext("Late"), _late),
    "all": SavedView(lazy_gettext("All"), lambda actor: Dossier.id > 0, queue=False),
}
Cursor = tuple[datetime, int]


def rows_of(key: str, *, actor: Actor, after: Cursor | None = None) -> Sequence[Dossier]:
    """Up to PAGE + 1 dossiers of a view, from after the cursor (status_since, id); NotFound for no such view."""
    view = VIEWS.get(key)
    if view is None:
        raise NotFound
    columns = (Dossier.status_since, Dossier.id)
    query = select(Dossier).where(view.condition(actor))
    if after is not None:
        place = tuple_(*columns)
        query = query.where(place > after if view.queue else place < after)
    order = columns if view.queue else tuple(column.desc() for column in columns)
    return db.session.scalars(query.order_by(*order).limit(PAGE + 1)).all()


def count_of(key: str, *, actor: Actor) -> int | None:
    """How many dossiers a queue holds, counted to COUNT_TO + 1 only; None for a view that is no queue."""
    view = VIEWS[key]
    if not view.queue:
        return None
    some: Select[Any] = select(Dossier.id).where(view.condition(actor)).limit(COUNT_TO + 1)
    return int(db.session.scalar(select(func.count()).select_from(some.subquery())) or 0)


def count_label(count: int | None) -> str | None:
    """A count as shown: 999+ beyond what is counted."""
    if count is None:
        return None
    return str(count) if count <= COUNT_TO else f"{COUNT_TO}+"
