"""`flask trail …` for operators and auditors."""

from __future__ import annotations

import sys

import click
from flask import current_app
from flask.cli import AppGroup

from app.audit.seal import seal
from app.audit.verify import verify

trail = AppGroup("trail", help="The record of who did what: seal it, prove it.")


@trail.command("seal")
def seal_now() -> None:
    """Seal what waits, without waiting for the worker."""
    click.echo(f"Sealed {seal()} entries.")


@trail.command("verify")
def verify_now() -> None:
    """Walk the whole chain; exit 1 and say where when the record does not hold."""
    settings = current_app.extensions["desk_settings"]
    report = verify(settings.trail_dir, settings.trail_key)
    for problem in report.problems:
        click.echo(problem, err=True)
    click.echo(f"{report.sealed} entries sealed, {report.waiting} waiting, {report.erased} details erased.")
    if report.problems:
        click.echo(f"The record does not hold: {len(report.problems)} problems.", err=True)
        sys.exit(1)
    click.echo("The record holds.")
