"""Alembic's environment: runs as the owner role, leaves the job queue's own tables alone."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import context
from flask import current_app
from psycopg.conninfo import conninfo_to_dict

from app.kernel.database import Model


def include(_object: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    """Leave out what Procrastinate owns."""
    return not (kind == "table" and (name or "").startswith("procrastinate_"))


def run() -> None:
    """Migrate in one transaction: all steps or none."""
    place = current_app.extensions["desk_database"]
    owner = place.owner.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = sa.create_engine(owner, poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Model.metadata,
            compare_type=True,
            include_object=include,
            process_revision_directives=_nothing_new,
        )
        context.config.attributes["application_role"] = conninfo_to_dict(place.application)["user"]
        with context.begin_transaction():
            context.run_migrations()


def _nothing_new(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """Do not write an empty migration."""
    options = context.config.cmd_opts
    if getattr(options, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []


run()
