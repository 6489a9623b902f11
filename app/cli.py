"""The operator's commands: `flask --help` lists them. Each feature's group stands in its own commands.py."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click
from alembic.script import ScriptDirectory
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from flask_migrate.cli import db as migrations
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.audit.commands import trail
from app.certificates.commands import authority
from app.conversations.commands import mail
from app.conversations.service_level import apply_calendar
from app.gateways.embedded_postgres import EmbeddedPostgresError
from app.intake.commands import intake
from app.kernel.commands import calendar
from app.kernel.database import db
from app.kernel.full_text.commands import search
from app.kernel.jobs import run_worker
from app.kernel.processes import Processes, one_for_each_core
from app.knowledge.commands import knowledge
from app.staff.commands import staff
from app.vault.commands import vault

jobs = AppGroup("jobs", help="Work that waits in the database.")


@jobs.command("work")
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=one_for_each_core,
    help="How many; by default one for each core, four at most.",
)
@click.option(
    "--queue",
    "queues",
    multiple=True,
    help="Only this queue (mail, desk, trail); may be given several times.",
)
def work(processes: int, queues: tuple[str, ...]) -> None:
    """Do jobs as they come until a signal ends this process; any number of workers may run.

    First, what waits for an answer is measured by the hours, holidays and targets of the present settings.
    """
    apply_calendar()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # the app behind Flask's proxy
    if processes == 1:
        run_worker(app, queues=list(queues))
        return
    # A connection cannot be shared with a child.
    db.session.remove()
    db.engine.dispose()
    Processes(processes, lambda: run_worker(app, queues=list(queues))).run()


def register(app: Flask) -> None:
    """Add every group. Flask finds `db` by itself only when it is started from a shell."""
    for group in (*NEED_TABLES, authority, calendar, mail, migrations):
        app.cli.add_command(group)


def _told_plainly(act: Callable[..., Any], *, needs_tables: bool) -> Callable[..., Any]:
    """Say in one sentence that the database is not there or not as this version needs it."""

    @functools.wraps(act)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            if needs_tables:
                _insist_on_tables()
            return act(*args, **kwargs)
        except EmbeddedPostgresError as error:
            raise click.ClickException(str(error)) from None
        except OperationalError:
            raise click.ClickException("The database cannot be reached.") from None

    return with_appcontext(run)


def _insist_on_tables() -> None:
    config = current_app.extensions["migrate"].migrate.get_config()
    try:
        found = set(db.session.scalars(text("SELECT version_num FROM alembic_version")))
    except ProgrammingError:
        # There is no such table, or not yet the right to read it.
        found = set()
    db.session.rollback()
    if found != set(ScriptDirectory.from_config(config).get_heads()):
        raise click.ClickException(
            "The database does not have the tables of this version: "
            "run `.venv/bin/flask db upgrade` first (`make run` does it by itself)."
        )


NEED_TABLES = (intake, jobs, knowledge, search, staff, trail, vault)
for _group in (*NEED_TABLES, migrations):
    for _command in _group.commands.values():
        if _command.callback is not None:
            _command.callback = _told_plainly(_command.callback, needs_tables=_group in NEED_TABLES)
