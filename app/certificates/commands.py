"""`flask authority …` for operators."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from app.gateways.authority import PermanentAuthorityError
from app.gateways.authority_founding import make_authority
from app.kernel.clock import now

authority = AppGroup("authority", help="The embedded certificate authority.")


@authority.command("init")
@click.option(
    "--root-key",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="Where to write the root's key.",
)
@click.option("--passphrase-stdin", is_flag=True, help="Read the root key's passphrase from standard input.")
def init(root_key: Path, passphrase_stdin: bool) -> None:
    """Make root and issuing authority; prints what to store where."""
    settings = current_app.extensions["desk_settings"]
    passphrase = (
        sys.stdin.readline().rstrip("\n")
        if passphrase_stdin
        else click.prompt("Passphrase of the root key", hide_input=True, confirmation_prompt=True)
    )
    try:
        made = make_authority(
            folder=settings.authority_dir,
            master_key=settings.master_key,
            root_key_file=root_key,
            root_passphrase=passphrase,
            now=now(),
        )
    except (PermanentAuthorityError, OSError) as error:
        raise click.ClickException(
            str(error) if isinstance(error, PermanentAuthorityError) else "cannot write there"
        ) from None
    click.echo(
        f"Root:    {made.root.subject.rfc4514_string()}, valid until {made.root.not_valid_after_utc:%Y-%m-%d}"
    )
    click.echo(
        f"Issuing: {made.issuing.subject.rfc4514_string()}, valid until {made.issuing.not_valid_after_utc:%Y-%m-%d}"
    )
    click.echo(
        f"The root's key is in {root_key}, under the passphrase: take that file off this machine, in two copies"
    )
    click.echo("in two places, and keep the passphrase apart from both. The desk does not need it to issue.")
