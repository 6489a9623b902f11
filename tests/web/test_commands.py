"""The operator's commands: one sentence when the database is missing or behind, and no way around the desk."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.gateways.embedded_postgres import Urls
from app.kernel.database import db
from config import Settings
from tests.fixtures.database import Cluster, migrate
from tests.fixtures.values import make_settings

NEED_TABLES = ("staff list", "trail verify", "trail seal", "jobs work", "intake run --once")


@pytest.fixture
def empty(cluster: Cluster) -> Iterator[Urls]:
    """A database without any table."""
    urls = cluster.clone(empty=True)
    yield urls
    cluster.drop(urls)


def said(app: Flask, words: str) -> str:
    """What a command that must fail says, in one line."""
    result = app.test_cli_runner().invoke(args=words.split())
    assert isinstance(result.exception, SystemExit) and result.exit_code == 1, result.exception
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    [line] = result.output.strip().splitlines()
    return line


@pytest.mark.parametrize("words", NEED_TABLES)
def test_a_database_without_tables_is_told_with_what_to_do(words: str, empty: Urls, tmp_path: Path) -> None:
    app = create_app(make_settings(tmp_path, empty))

    assert "run `.venv/bin/flask db upgrade` first" in said(app, words)


def test_a_database_of_another_version_is_told(database: Urls, tmp_path: Path) -> None:
    migrate(database, tmp_path, "-1", down=True)

    words = said(create_app(make_settings(tmp_path, database)), "staff list")
    assert "does not have the tables of this version" in words


@pytest.mark.parametrize("words", ["staff list", "db current", "jobs work"])
def test_a_database_that_is_not_there_is_told_without_its_address(words: str, settings: Settings) -> None:
    nowhere = "postgresql://desk:hush@127.0.0.1:1/desk"
    gone = dataclasses.replace(settings, database_url=nowhere, database_owner_url=nowhere)

    assert said(create_app(gone), words) == "Error: The database cannot be reached."


def test_staff_come_through_the_desks_own_commands_only(app: Flask) -> None:
    """Flask-Security's commands would make a supervisor without a word in the trail."""
    assert not {"users", "roles"} & set(app.cli.list_commands(None))  # type: ignore[arg-type]  # it is not used
