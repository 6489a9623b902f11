"""`flask intake …`: take in the mailboxes."""

from __future__ import annotations

import signal
import sys
from threading import Event

import click
from flask.cli import AppGroup

from app.intake.run import Intake

intake = AppGroup("intake", help="Take in the mailboxes.")


@intake.command("run")
@click.option("--once", is_flag=True, help="Visit each mailbox once and end.")
def run(once: bool) -> None:
    """Take in every message exactly once, until SIGTERM or Ctrl-C."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    desk = Intake(stop)
    if not once:
        desk.forever()
        return
    taken, errors = desk.once()
    click.echo(f"{taken} messages taken in.")
    for name, error in errors.items():
        click.echo(f"Mailbox {name} cannot be visited: {error}.", err=True)
    if errors:
        sys.exit(1)
