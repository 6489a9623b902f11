"""`flask staff …`: who may work here, for operators."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup
from sqlalchemy import select

from app.kernel.actors import SYSTEM
from app.kernel.database import db
from app.kernel.errors import DeskError
from app.staff.add import add_from_shell
from app.staff.disable import disable_staff
from app.staff.models import StaffMember
from app.staff.password import reset_password
from app.staff.roles import RoleName

staff = AppGroup("staff", help="Who may work here.")


@staff.command("add")
@click.option("--name", required=True, help="As colleagues know them.")
@click.option("--email", required=True, help="The address they sign in with.")
@click.option(
    "--role", "roles", required=True, multiple=True, type=click.Choice([role.value for role in RoleName])
)
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of the input.")
def add(name: str, email: str, roles: tuple[str, ...], password_stdin: bool) -> None:
    """Add somebody; marked in the trail, and told to all supervisors when the role is far-reaching."""
    try:
        add_from_shell(name=name, email=email, roles=roles, password=_password(password_stdin), actor=SYSTEM)
    except DeskError as error:
        raise click.ClickException(str(error.message)) from None
    click.echo("Added.")


@staff.command("disable")
@click.argument("email")
def disable(email: str) -> None:
    """Keep the person with this address out; every session ends at once."""
    try:
        disable_staff(_id_of(email), actor=SYSTEM)
    except DeskError as error:
        raise click.ClickException(str(error.message)) from None
    click.echo("Disabled.")


@staff.command("password")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of the input.")
def password(email: str, password_stdin: bool) -> None:
    """Give the person with this address a new password; lifts a lock and ends every session."""
    try:
        reset_password(_id_of(email), password=_password(password_stdin), actor=SYSTEM)
    except DeskError as error:
        raise click.ClickException(str(error.message)) from None
    click.echo("Changed.")


@staff.command("list")
def list_all() -> None:
    """One line a person: status, roles, address, name."""
    for member in db.session.scalars(select(StaffMember).order_by(StaffMember.id)):
        click.echo(f"{member.status:<9} {','.join(member.role_names):<20} {member.email:<36} {member.name}")


def _id_of(email: str) -> int:
    found = db.session.scalar(select(StaffMember.id).where(StaffMember.email == email.strip().lower()))
    if found is None:
        raise click.ClickException("Nobody has this address.")
    return found


def _password(from_input: bool) -> str:
    if from_input:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
