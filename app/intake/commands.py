"""`flask intake …`: take in the support mailbox."""

from __future__ import annotations

import signal
import sys
from threading import Event

import click
from flask.cli import AppGroup

from app.gateways.mailbox import PermanentMailboxError, TemporaryMailboxError
from app.intake.run import Intake

intake = AppGroup("intake", help="Take in the support mailbox.")


@intake.command("run")
@click.option("--once", is_flag=True, help="Visit the mailbox once and end.")
def run(once: bool) -> None:
    """Take in every message exactly once, until SIGTERM or Ctrl-C."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    desk = Intake(stop)
    if not once:
        desk.forever()
        return
    try:
        click.echo(f"{desk.once()} messages taken in.")
    except (TemporaryMailboxError, PermanentMailboxError) as error:
        click.echo(f"The mailbox cannot be visited: {error}.", err=True)
        sys.exit(1)
