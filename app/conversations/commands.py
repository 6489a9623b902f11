"""`flask mail …`: look at mails as the desk reads them. Needs no database and no settings."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from app.conversations.reading import printed, read_message

mail = AppGroup("mail", help="Look at mails as the desk reads them; needs no database.")


@mail.command("read")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
def read(files: tuple[str, ...]) -> None:
    """Print each mail as one line of JSON; `-` is the standard input.

    What a mail contains never makes this fail. A file that cannot be read is told on the standard error, and the exit
    code is then 1, after all the others were printed.
    """
    told = [_told(file) for file in files]
    sys.exit(0 if all(told) else 1)


def _told(file: str) -> bool:
    """Print one mail; False when there is nothing to read."""
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "that is no name of a file"
        click.echo(f"{_showable(file)} cannot be read: {reason}.", err=True)
        return False
    # Everything but ASCII is escaped: some letters of other scripts count as ends of lines.
    line = json.dumps(printed(read_message(raw), file=file), ensure_ascii=True)
    sys.stdout.buffer.write(line.encode("ascii") + b"\n")
    sys.stdout.buffer.flush()
    return True


def _showable(file: str) -> str:
    return file.encode("utf-8", "backslashreplace").decode()


def reading_only() -> Flask:
    """An application that can do nothing else, for machines where nothing is set up."""
    app = Flask("mail", static_folder=None)
    app.cli.add_command(mail)
    return app
