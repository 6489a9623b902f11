"""`flask knowledge …`: what the desk knows to say, for operators."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app.knowledge.seed import seed

knowledge = AppGroup("knowledge", help="What the desk knows to say.")


@knowledge.command("seed")
def seed_macros() -> None:
    """Add the macros a desk begins with; edited ones stay as they are."""
    click.echo(f"{seed()} macros added or renewed.")
