"""The embedded PostgreSQL, on real clusters: who starts it, who stops it, and what a kill leaves behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from app.gateways.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError

USER_THAT_WAITS = """
import sys, time
from pathlib import Path
from app.gateways.embedded_postgres import EmbeddedPostgres
EmbeddedPostgres(Path(sys.argv[1])).ensure_running()
print("up", flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    data_dir = tmp_path_factory.mktemp("cluster") / "not" / "there" / "yet"
    yield data_dir
    EmbeddedPostgres(data_dir).destroy()


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedPostgres]:
    cluster = EmbeddedPostgres(folder)
    yield cluster
    cluster.release()


def ask(url: str, question: str = "SELECT current_user") -> object:
    with psycopg.connect(url.replace("+psycopg", ""), connect_timeout=5) as connection:
        row = connection.execute(question).fetchone()
        assert row is not None
        return row[0]


def is_down(url: str) -> bool:
    try:
        ask(url)
    except psycopg.OperationalError:
        return True
    return False


def test_each_role_signs_in_and_only_the_owner_may_create(folder: Path, server: EmbeddedPostgres) -> None:
    urls = server.ensure_running()
    assert ask(urls.application) == "desk_app"
    assert ask(urls.owner) == "desk_owner"
    assert ask(urls.owner, "SELECT rolcreatedb AND NOT rolsuper FROM pg_roles WHERE rolname = current_user")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(urls.application, "CREATE TABLE t (a int)")
    server.release()
    assert is_down(urls.application)


def test_it_listens_on_a_short_socket_only_and_asks_for_a_password(
    folder: Path, server: EmbeddedPostgres
) -> None:
    urls = server.ensure_running()
    assert ask(urls.application, "SHOW listen_addresses") == ""
    socket = str(ask(postgres_url(folder, urls.owner), "SHOW unix_socket_directories"))
    assert len(socket) < 86
    assert stat.S_IMODE(os.stat(socket).st_mode) == 0o700
    password = urls.application.split(":")[2].split("@")[0]
    assert is_down(urls.application.replace(password, "guessed"))
    assert stat.S_IMODE((folder / "postgres" / "passwords.json").stat().st_mode) == 0o600
    server.release()


def test_a_second_start_is_quick(folder: Path, server: EmbeddedPostgres) -> None:
    server.ensure_running()
    server.release()
    began = time.monotonic()
    server.ensure_running()
    assert time.monotonic() - began < 1.0
    server.release()


def test_the_last_user_stops_it(folder: Path) -> None:
    first, second = EmbeddedPostgres(folder), EmbeddedPostgres(folder)
    urls = first.ensure_running()
    second.ensure_running()
    first.release()
    first.release()
    assert ask(urls.application) == "desk_app"
    second.release()
    assert is_down(urls.application)


def test_a_killed_user_leaves_a_server_that_the_next_one_takes_over(
    folder: Path, server: EmbeddedPostgres
) -> None:
    user = subprocess.Popen([sys.executable, "-c", USER_THAT_WAITS, str(folder)], stdout=subprocess.PIPE)
    assert user.stdout is not None
    assert user.stdout.readline() == b"up\n"
    user.kill()
    user.wait()
    urls = server.ensure_running()
    assert str(ask(urls.owner, "SELECT now() - pg_postmaster_start_time() > '0 s'")) == "True"
    server.release()
    assert is_down(urls.application)


def test_it_recovers_after_the_server_itself_was_killed(folder: Path, server: EmbeddedPostgres) -> None:
    urls = server.ensure_running()
    data = Path(str(ask(postgres_url(folder, urls.owner), "SHOW data_directory")))
    os.kill(int((data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    again = EmbeddedPostgres(folder)
    assert ask(again.ensure_running().application) == "desk_app"
    server.release()
    again.release()


def postgres_url(folder: Path, url: str) -> str:
    """The administrator's address; its password is kept with the others."""
    passwords = json.loads((folder / "postgres" / "passwords.json").read_text())
    return url.replace("desk_owner", "postgres").replace(passwords["desk_owner"], passwords["postgres"])


def test_a_process_id_that_now_belongs_to_somebody_else_does_not_stop_it(
    folder: Path, server: EmbeddedPostgres
) -> None:
    urls = server.ensure_running()
    data = Path(str(ask(postgres_url(folder, urls.owner), "SHOW data_directory")))
    note = (data / "postmaster.pid").read_text().splitlines()
    server.release()
    (data / "postmaster.pid").write_text("\n".join([str(os.getppid()), *note[1:]]) + "\n")
    assert ask(server.ensure_running().application) == "desk_app"
    server.release()


def test_parent_folders_keep_their_permissions(tmp_path: Path) -> None:
    parent = tmp_path / "private"
    parent.mkdir(mode=0o700)
    server = EmbeddedPostgres(parent / "data")
    try:
        server.ensure_running()
        assert stat.S_IMODE(parent.stat().st_mode) == 0o700
    finally:
        server.destroy()
    assert list((parent / "data").iterdir()) == []


def test_a_long_or_odd_path_gets_a_short_socket(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / ("it's a long, odd name " * 6))
    try:
        assert ask(server.ensure_running().application) == "desk_app"
    finally:
        server.destroy()


def test_an_unwritable_place_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(EmbeddedPostgresError, match=r"The folder .* cannot be written: Not a directory\."):
        EmbeddedPostgres(tmp_path / "file").ensure_running()


def test_a_lost_database_is_not_replaced_by_an_empty_one(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path)
    urls = server.ensure_running()
    data = Path(str(ask(postgres_url(tmp_path, urls.owner), "SHOW data_directory")))
    server.release()
    shutil.rmtree(data)
    try:
        with pytest.raises(EmbeddedPostgresError, match="is gone"):
            server.ensure_running()
    finally:
        server.destroy()
