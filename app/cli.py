"""The operator's commands: `flask --help` lists them. Each feature's group stands in its own commands.py."""

from __future__ import annotations

from flask import Flask, current_app
from flask.cli import AppGroup
from flask_migrate.cli import db as migrations

from app.audit.commands import trail
from app.certificates.commands import authority
from app.intake.commands import intake
from app.kernel.jobs import run_worker
from app.staff.commands import staff

jobs = AppGroup("jobs", help="Work that waits in the database.")


@jobs.command("work")
def work() -> None:
    """Do jobs as they come until a signal ends this process; any number of workers may run."""
    run_worker(current_app._get_current_object())  # type: ignore[attr-defined]  # the app behind Flask's proxy


def register(app: Flask) -> None:
    """Add every group. Flask finds `db` by itself only when it is started from a shell."""
    for group in (authority, intake, jobs, migrations, staff, trail):
        app.cli.add_command(group)
