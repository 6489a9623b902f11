"""The database: one engine, one base class, and `use_case`, which makes a verb one transaction."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Any, ParamSpec, TypeVar, cast

from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, ClauseElement, DateTime, LargeBinary, MetaData, Table, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, SessionTransaction, mapped_column, registry
from sqlalchemy.orm.attributes import set_committed_value

from app.kernel.clock import now
from app.kernel.errors import NotFound

P = ParamSpec("P")
R = TypeVar("R")
M = TypeVar("M", bound="Model")

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Model(DeclarativeBase):
    """Base of every row: integer identity key, aware times, bytes as BYTEA."""

    # Given as a registry because Flask-SQLAlchemy copies this class and SQLAlchemy refuses a copied type_annotation_map.
    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={int: BigInteger, datetime: DateTime(timezone=True), bytes: LargeBinary},
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class Dated:
    """Mixin: when the row was made."""

    created_at: Mapped[datetime] = mapped_column(default=now)


db = SQLAlchemy(model_class=Model)
migrate = Migrate()

_DEPTH = "use_case_depth"
_HELD = "rows_held"


def use_case(verb: Callable[P, R]) -> Callable[P, R]:
    """Make a verb one transaction: the outermost decorated call commits, or rolls back and re-raises; nested calls join."""

    @functools.wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        session = db.session()
        depth = session.info.get(_DEPTH, 0)
        session.info[_DEPTH] = depth + 1
        try:
            result = verb(*args, **kwargs)
            if depth == 0:
                session.commit()
            else:
                session.flush()
            return result
        except BaseException:
            if depth == 0:
                session.rollback()
            raise
        finally:
            session.info[_DEPTH] = depth

    return run


def in_use_case() -> bool:
    """Tell whether a use case is running, so that a job or a trail entry would be committed with it."""
    return bool(db.session().info.get(_DEPTH, 0))


def fetch(model: type[M], key: int) -> M:
    """The row with this id, or NotFound."""
    row = db.session.get(model, key)
    if row is None:
        raise NotFound
    return row


def lock(model: type[M], key: int) -> M:
    """The row with this id, freshly read and held until the use case ends, or NotFound.

    Rows are locked in the order person, conversation, dossier, account, so that two use cases never wait for each other.
    """
    held = _held(db.session().info, model, key)
    if held is not None:
        return held
    # Only this row: what is joined to it is loaded, not held, and an outer join could not be held anyway.
    # FOR NO KEY UPDATE keeps every other holder out but lets rows by that merely point here, such as a letter about a
    # dossier: their foreign keys would otherwise take part in the order above, and in deadlocks.
    row = db.session.get(model, key, with_for_update={"of": model, "key_share": True}, populate_existing=True)
    if row is None:
        raise NotFound
    if in_use_case():
        db.session().info.setdefault(_HELD, {})[model, key] = row
    return row


def _held(info: dict[Any, Any], model: type[M], key: int) -> M | None:
    """The row if this use case holds it already, or made it: nobody else can have changed it, so it is not read again."""
    row: M | None = info.get(_HELD, {}).get((model, key))
    return row if row is not None and row in db.session else None


@event.listens_for(Session, "after_flush")
def _hold_new(session: Session, _context: object) -> None:
    """A row that nobody else sees yet is as good as held."""
    if session.info.get(_DEPTH, 0):
        held = session.info.setdefault(_HELD, {})
        held.update({(type(row), row.id): row for row in session.new if isinstance(row, Model)})


@event.listens_for(Session, "after_transaction_end")
def _let_go(session: Session, transaction: SessionTransaction) -> None:
    """Locks end with their transaction; those of a savepoint that was rolled back ended with it, so all are asked anew."""
    if transaction.parent is None or transaction.nested:
        session.info.pop(_HELD, None)


def change_status(
    model: type[M], key: int, *, was: tuple[str, ...] | str, becomes: str, **values: Any
) -> bool:
    """Compare-and-set of a status column: False when the row is no longer in one of the states `was`.

    Only lifecycle modules call this. The loaded instance, if any, is refreshed.
    """
    states = (was,) if isinstance(was, str) else was
    held = _held(db.session().info, model, key)
    if held is not None and held.status not in states:  # type: ignore[attr-defined]  # as the table below has it
        return False
    table = cast(Table, model.__table__)
    done = db.session.execute(
        table.update()
        .where(table.c.id == key, table.c.status.in_(states))
        .values(status=becomes, **values)
        .returning(table.c.id)
    ).first()
    loaded = db.session.identity_map.get(db.session.identity_key(model, key))
    if loaded is not None:
        _refresh(loaded, {"status": becomes, **values} if done else None)
    return done is not None


def _refresh(loaded: object, values: dict[str, Any] | None) -> None:
    """Let a loaded instance know what was written; None: somebody else wrote, so it is read anew when it is next used."""
    if values is None or any(isinstance(value, ClauseElement) for value in values.values()):
        db.session.expire(loaded)
        return
    for name, value in values.items():
        set_committed_value(loaded, name, value)
