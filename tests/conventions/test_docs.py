"""What the documents name is there: settings, commands, make's targets, links, pictures; what they tell to run works."""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from flask import Flask

import config
from app.gateways.authority import Authority
from app.gateways.authority_founding import make_authority
from app.gateways.embedded_postgres import Urls
from app.gateways.key_store import KeyStore
from config import PROJECT, Settings, SettingsError
from tests.fixtures.database import FOLDER, Cluster, libpq, migrate
from tests.fixtures.live import environment_of

DOCUMENTS = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").glob("*.md")])
OPERATIONS = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")


def name_of(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def outside_code(text: str) -> str:
    """A document without its blocks of code."""
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE)


def settings_read() -> set[str]:
    """Every environment variable that config.py reads."""
    reader = config._Reader({}, [])
    with pytest.raises(SettingsError):
        reader.settings({})
    return reader.known


def test_every_setting_is_documented() -> None:
    read = settings_read()
    rows = re.findall(r"^\| (`[A-Z][^|]*)\| (?:yes)? *\|", OPERATIONS, re.MULTILINE)
    table = set(re.findall(r"`([A-Z][A-Z_]+)`", " ".join(rows)))

    assert {"DESK_MODE", "IMAP_PASSWORD", "SMTP_SECURITY", "TRUSTED_PROXIES"} <= read, (
        "The test reads config.py badly."
    )
    assert not read - table, f"Add to the table of settings in docs/operations.md: {sorted(read - table)}"
    assert not table - read, f"config.py does not read {sorted(table - read)}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_command_exists(document: Path, app: Flask) -> None:
    text = document.read_text(encoding="utf-8")
    for words in re.findall(r"(?:\.venv/bin/|`)flask ([a-z]+(?: [a-z]+)?)", text):
        group, _, command = words.partition(" ")
        known = app.cli.commands.get(group)
        assert known is not None, f"{name_of(document)}: there is no `flask {group}`"
        assert not command or command in known.commands, f"{name_of(document)}: there is no `flask {words}`"  # type: ignore[attr-defined]  # a group


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_target_of_make_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    targets |= {f"bench-{file.stem}" for file in (PROJECT / "bench").glob("[a-z]*.py")}
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", document.read_text(encoding="utf-8"), re.MULTILINE))

    assert not named - targets, (
        f"{name_of(document)} names what the Makefile does not have: {named - targets}"
    )


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_link_and_picture_is_there(document: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", outside_code(document.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        place = document.parent / path if path else document
        assert place.exists(), f"{name_of(document)}: {target} is not there"
        if anchor:
            assert anchor in anchors_of(place), f"{name_of(document)}: {target} names no heading"


def anchors_of(document: Path) -> set[str]:
    """The headings as links name them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_file_named_is_there(document: Path) -> None:
    """`tests/…`, `scripts/…`, `app/…` in a document are files or folders of the project."""
    named = re.findall(
        r"`((?:tests|scripts|demo|app|migrations|docs|templates)/[\w./-]+)`",
        document.read_text(encoding="utf-8"),
    )
    missing = [path for path in named if not (PROJECT / path).exists()]

    assert not missing, f"{name_of(document)} names what is not there: {missing}"


def test_pictures_are_small_and_shown() -> None:
    pictures = sorted((PROJECT / "docs" / "pictures").glob("*.png"))

    assert pictures, "`make pictures` takes them."
    assert not [each.name for each in pictures if each.stat().st_size > 150_000]


@pytest.fixture
def made_by_the_book(cluster: Cluster) -> Iterator[Urls]:
    """A database made by the statements of docs/operations.md, with other names: the cluster has these already."""
    [script] = re.findall(r"```sql\n(.*?)```", OPERATIONS, re.DOTALL)
    mark = secrets.token_hex(4)
    script = re.sub(r"\bdesk(_owner|_app)?\b", lambda found: f"book_{mark}{found[1] or ''}", script)
    with administrator(cluster) as connection:
        for statement in script.split(";\n"):
            if statement.strip():
                connection.execute(statement.encode())
    place = libpq(cluster.urls.owner).rpartition("?")[2]

    def url(role: str, number: int) -> str:
        return f"postgresql+psycopg://book_{mark}_{role}:change-me-{number}@/book_{mark}?{place}"

    yield Urls(application=url("app", 2), owner=url("owner", 1))
    with administrator(cluster) as connection:
        for statement in (
            f"DROP DATABASE book_{mark} WITH (FORCE)",
            f"DROP ROLE book_{mark}_app",
            f"DROP ROLE book_{mark}_owner",
        ):
            connection.execute(statement.encode())


def administrator(cluster: Cluster) -> psycopg.Connection[tuple[object, ...]]:
    """A connection as the cluster's administrator."""
    file = Path(os.environ[FOLDER]) / "postgres" / "passwords.json"
    password = quote(json.loads(file.read_text())["postgres"])
    place = libpq(cluster.urls.owner).rpartition("?")[2]
    return psycopg.connect(f"postgresql://postgres:{password}@/postgres?{place}", autocommit=True)


def test_the_roles_made_by_the_book_suffice_and_hold(made_by_the_book: Urls, tmp_path: Path) -> None:
    migrate(made_by_the_book, tmp_path)

    with psycopg.connect(libpq(made_by_the_book.application), autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM dossier").fetchone() == (0,)
        for forbidden in (
            "DELETE FROM trail_entry",
            "UPDATE trail_seal SET previous = previous",
            "DELETE FROM dossier_maker",
            "CREATE TABLE mine (id int)",
            "CREATE TEMPORARY TABLE mine (id int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(forbidden.encode())


def test_the_master_key_is_changed_by_the_book(settings: Settings, tmp_path: Path) -> None:
    keys = KeyStore(settings.key_store_dir, settings.master_key)
    keys.create("anna")
    before = keys.key("anna")
    make_authority(
        folder=settings.authority_dir,
        master_key=settings.master_key,
        root_key_file=tmp_path / "root.pem",
        root_passphrase="a passphrase that is long",
        now=datetime.now(UTC),
    )
    new = secrets.token_bytes(32)
    environment = os.environ | environment_of(settings)
    blocks = re.findall(r"```\n(   NEW_MASTER_KEY=.*?)```", OPERATIONS, re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        script = re.sub(r"^   ", "", block, flags=re.MULTILINE)
        script = script.replace("the new line", base64.b64encode(new).decode())
        subprocess.run(["bash", "-ec", script], cwd=PROJECT, env=environment, check=True, capture_output=True)

    assert KeyStore(settings.key_store_dir, new).key("anna") == before
    assert Authority.load(settings.authority_dir, new).issuing
