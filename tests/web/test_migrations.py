"""Migrations: up and down with rows in the tables, and the models agree with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from psycopg import sql
from sqlalchemy import create_engine

from app.audit.seal import seal
from app.gateways.embedded_postgres import Urls
from app.kernel.actors import SYSTEM
from app.kernel.database import Model
from app.staff.disable import disable_staff
from config import PROJECT
from tests.factories import dossiers
from tests.factories.staff import actor_of
from tests.fixtures.database import Cluster, libpq, migrate
from tests.fixtures.people import People

# The full-text index is made from the other tables.
MADE_ANEW = ("search_due", "search_entry")
INDEXED = ("account", "conversation", "dossier", "message", "note", "person")
REVISIONS = [step.revision for step in ScriptDirectory(str(PROJECT / "migrations")).walk_revisions()]


@pytest.fixture
def empty(cluster: Cluster) -> Iterator[Urls]:
    """A database without any table."""
    urls = cluster.clone(empty=True)
    yield urls
    cluster.drop(urls)


def schema(urls: Urls) -> set[tuple[object, ...]]:
    """Every column, index, constraint, function, trigger and right of the public schema."""
    questions = [
        "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns"
        " WHERE table_schema = 'public'",
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace",
        "SELECT proname, pg_get_function_arguments(oid), prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
        "SELECT event_object_table, trigger_name, event_manipulation FROM information_schema.triggers",
        "SELECT table_name, privilege_type, grantee FROM information_schema.role_table_grants"
        " WHERE table_schema = 'public' AND grantee = 'desk_app'",
        "SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace",
    ]
    with psycopg.connect(libpq(urls.owner)) as connection:
        return {row for question in questions for row in connection.execute(question.encode()).fetchall()}


def counts(urls: Urls) -> dict[str, int]:
    """How many rows each of the desk's tables holds."""
    with psycopg.connect(libpq(urls.owner)) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        tables = sorted(str(name) for (name,) in names if not str(name).startswith("procrastinate_"))
        return {table: _count(connection, table) for table in tables}


def _count(connection: psycopg.Connection, table: str) -> int:
    row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture
def filled(app: Flask, people: People, database: Urls) -> Urls:
    """A migrated database with a desk's worth of rows."""
    agent, gone = people.agent(), people.administrator()
    with app.app_context():
        dossiers.awaiting_approval(actor_of(agent))
        dossiers.reviewing()
        disable_staff(gone.id, actor=SYSTEM)
        seal()
    return database


def test_every_step_goes_down_and_up_again_with_rows_in_the_tables(filled: Urls, tmp_path: Path) -> None:
    before, held = schema(filled), counts(filled)
    assert held["dossier"] == 2 and held["trail_seal"] > 0 and held["document"] == 8

    for earlier in REVISIONS[1:]:
        migrate(filled, tmp_path, earlier, down=True)
    assert counts(filled)["dossier"] == 2
    migrate(filled, tmp_path)

    assert schema(filled) == before
    after = counts(filled)
    assert {name: after[name] for name in held if name not in MADE_ANEW} == {
        name: number for name, number in held.items() if name not in MADE_ANEW
    }
    assert after["search_due"] == sum(after[kind] for kind in INDEXED), "Everything waits to be indexed."
    assert _staff_states(filled) == ["active", "disabled"]


def _staff_states(urls: Urls) -> list[str]:
    with psycopg.connect(libpq(urls.owner)) as connection:
        return [
            str(state)
            for (state,) in connection.execute("SELECT status FROM staff_member ORDER BY id").fetchall()
        ]


def test_the_first_step_leaves_nothing_behind(filled: Urls, tmp_path: Path) -> None:
    migrate(filled, tmp_path, "base", down=True)

    assert set(counts(filled)) == {"alembic_version"}


def test_an_empty_database_comes_up_step_by_step_to_the_same(
    empty: Urls, database: Urls, tmp_path: Path
) -> None:
    for revision in reversed(REVISIONS):
        migrate(empty, tmp_path, revision)

    assert schema(empty) == schema(database)


def test_models_and_migrations_agree(database: Urls, app: Flask) -> None:
    def ours(_object: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
        return not (kind == "table" and (name or "").startswith(("procrastinate_", "alembic_")))

    engine = create_engine(database.owner)
    with engine.connect() as connection:
        options = {"compare_type": True, "include_object": ours}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), Model.metadata)
    engine.dispose()

    assert not differences, f"Write a migration: flask db revision --autogenerate: {differences}"


def test_the_line_of_revisions_has_one_head() -> None:
    heads = ScriptDirectory(str(PROJECT / "migrations")).get_heads()

    assert len(heads) == 1, f"Two migrations were written from the same point: {heads}"


def test_the_application_cannot_rewrite_the_trail(filled: Urls) -> None:
    with psycopg.connect(libpq(filled.application), autocommit=True) as connection:
        for statement in (
            "UPDATE trail_entry SET verb = 'x'",
            "DELETE FROM trail_entry",
            "TRUNCATE trail_entry",
            "UPDATE trail_seal SET digest = 'x'",
            "DELETE FROM trail_seal",
            "UPDATE trail_detail SET content = '{}'",
            "UPDATE alembic_version SET version_num = '0001'",
            "DROP TABLE trail_entry",
            "CREATE TABLE public.mine (id int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())
