"""`flask search …`: the full-text index."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app.kernel.full_text.due import index_due, note_everything, waiting

search = AppGroup("search", help="The full-text index over everything that can be found.")
CHUNK = 500


@search.command("index")
def index_now() -> None:
    """Index what waits, without waiting for the worker. Stopped at any moment, it goes on where it was."""
    _work_off()


@search.command("rebuild")
def rebuild() -> None:
    """Index everything anew, the newest first; searching goes on meanwhile. Stopped, `search index` goes on."""
    note_everything()
    _work_off()


def _work_off() -> None:
    total = waiting()
    with click.progressbar(length=total, label="Indexing", show_pos=True) as bar:
        while taken := index_due(CHUNK):
            bar.update(taken)
    click.echo(f"{total} texts indexed.")
