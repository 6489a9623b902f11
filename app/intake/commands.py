"""`flask intake …`: take in the mailboxes."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from threading import Event

import click
from flask import current_app
from flask.cli import AppGroup

from app.intake.mail_files import EMPTY, TOO_LARGE, UNREADABLE, files_below, messages_in
from app.intake.run import Intake
from app.intake.take_files import Summary, note_import, take_files

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


@intake.command("import")
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path, resolve_path=True)
)
@click.option("--answer", is_flag=True, help="Send the senders the letters that new mail gets.")
def import_files(paths: tuple[Path, ...], answer: bool) -> None:
    """Take in mail from .eml files, mbox files and Maildir folders, and from all of these below a folder.

    The same message is taken in once, however often it is tried: broken off, the command is simply given again. Without
    --answer nobody gets a letter because of it.
    """
    most = current_app.extensions["desk_settings"].mail_max_bytes
    files, others = files_below(paths)
    summary, stopped = Summary(), False
    total = sum(file.stat().st_size for file in files if file.exists())
    with click.progressbar(length=total, label="Importing", file=sys.stderr) as bar:
        try:
            mails = (mail for file in files for mail in messages_in(file, most=most))
            take_files(mails, summary, silent=not answer, progress=bar.update)
        except KeyboardInterrupt:
            stopped = True
    note_import(summary)
    _tell(summary, others, stopped=stopped)
    if stopped or summary.refused:
        sys.exit(1)


REFUSALS = {
    TOO_LARGE: "larger than MAIL_MAX_BYTES",
    EMPTY: "nothing in it",
    UNREADABLE: "the file cannot be read",
}


def _tell(summary: Summary, others: int, *, stopped: bool) -> None:
    click.echo(f"{summary.taken} taken in, {summary.known} already there, {summary.refused.total()} refused.")
    if others:
        click.echo(f"{others} files that hold no mail were left alone.")
    for where, problem in summary.named:
        click.echo(f"Refused, {REFUSALS[problem]}: {where}", err=True)
    more = summary.refused.total() - len(summary.named)
    if more:
        click.echo(f"Refused: {more} more.", err=True)
    if stopped:
        click.echo("Broken off. Give the same command again to go on.", err=True)
