"""`flask vault …`: the encrypted files."""

from __future__ import annotations

from datetime import timedelta

import click
from flask.cli import AppGroup

from app.kernel.clock import now
from app.vault.sweep import left_behind
from app.vault.sweep import sweep as sweep_files

vault = AppGroup("vault", help="The encrypted files.")


@vault.command("sweep")
@click.option("--days", type=click.IntRange(1), default=7, help="Leave what is younger than so many days; 7.")
@click.option("--delete", is_flag=True, help="Remove them; without it they are only counted.")
def sweep(days: int, delete: bool) -> None:
    """Find files that no row of the database names, as a killed process leaves them."""
    before = now() - timedelta(days=days)
    if delete:
        click.echo(f"{sweep_files(before)} files removed.")
    else:
        click.echo(f"{sum(1 for _ in left_behind(before))} files belong to nothing; --delete removes them.")
