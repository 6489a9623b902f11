"""The PostgreSQL that comes inside a wheel: started by the first who needs it, stopped by the last to leave.

Every user holds a shared lock on one file beside the data. Starting and stopping happen under a second,
exclusive lock, so a server is never stopped under somebody's feet. When every user is killed the server
stays, and the next user takes it over.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shlex
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from app.gateways.postgres_home import (
    EmbeddedPostgresError,
    Home,
    exclusively,
    explained,
    find_home,
    private_folder,
    write_private,
)

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "Urls"]

DATABASE = "desk"
ADMINISTRATOR, OWNER, APPLICATION = "postgres", "desk_owner", "desk_app"
START_SECONDS = 60
BUSY_SECONDS = 60.0
CRASH_SECONDS = 10.0
LARGEST_LOG_BYTES = 5_000_000

# Neither statements nor the values of a violated key may reach the log: they hold names and numbers.
CONFIGURATION = """
listen_addresses = ''
unix_socket_permissions = 0700
log_min_error_statement = panic
log_error_verbosity = terse
log_timezone = 'UTC'
timezone = 'UTC'
"""


@dataclass(frozen=True)
class Urls:
    """SQLAlchemy addresses (`postgresql+psycopg://…`) of the database `desk`, one for each role."""

    application: str
    owner: str


class EmbeddedPostgres:
    """The cluster that belongs to one data folder. Unix socket only, passwords (SCRAM) for everybody.

    `ensure_running` and `release` raise EmbeddedPostgresError with one sentence for an operator.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir.resolve()
        self._use: int | None = None

    def ensure_running(self) -> Urls:
        """Start the server unless it runs, count this process as a user, return where it listens."""
        home = find_home(self._data_dir)
        with exclusively(home.folder / "start.lock"):
            self._join(home)
            try:
                _bring_up(home, self._passwords(), made=self._data_dir / "postgres" / "made")
            except BaseException:
                self._leave()
                raise
        return _urls(home, self._passwords())

    def release(self, patience: float = 0.0) -> None:
        """Stop being a user; the last one stops the server. Harmless when called twice.

        With `patience` (seconds) stay until the others are gone: some may be killed and never release.
        """
        if self._use is None:
            return
        self._leave()
        home = find_home(self._data_dir)
        until = time.monotonic() + patience
        while not _stop_unless_used(home) and time.monotonic() < until:
            time.sleep(0.2)

    def destroy(self) -> None:
        """Stop the server, whoever uses it, and delete the cluster for good."""
        if not (self._data_dir / "postgres").exists():
            return
        home = find_home(self._data_dir)
        self._leave()
        with exclusively(home.folder / "start.lock"):
            _stop(home)
        for folder in (home.socket, home.folder, self._data_dir / "postgres"):
            shutil.rmtree(folder, ignore_errors=True)

    def _join(self, home: Home) -> None:
        if self._use is None:
            descriptor = os.open(home.folder / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            self._use = descriptor

    def _leave(self) -> None:
        # Closing rather than unlocking: a forked child shares this lock, and unlocking would take it away.
        if self._use is not None:
            os.close(self._use)
            self._use = None

    def _passwords(self) -> dict[str, str]:
        file = self._data_dir / "postgres" / "passwords.json"
        with explained(f"The database's passwords in {file} cannot be read"):
            if not file.exists():
                roles = (ADMINISTRATOR, OWNER, APPLICATION)
                write_private(file, json.dumps({role: secrets.token_urlsafe(32) for role in roles}))
            passwords: dict[str, str] = json.loads(file.read_text())
        return passwords


def _urls(home: Home, passwords: dict[str, str]) -> Urls:
    place = quote(str(home.socket), safe="")

    def url(role: str) -> str:
        return f"postgresql+psycopg://{role}:{passwords[role]}@/{DATABASE}?host={place}"

    return Urls(application=url(APPLICATION), owner=url(OWNER))


def _bring_up(home: Home, passwords: dict[str, str], made: Path) -> None:
    """Make what is missing and start. `made`, beside the passwords, tells a new cluster from a lost one."""
    if made.exists() and not home.data.exists():
        raise EmbeddedPostgresError(f"The database's folder {home.data} is gone: restore it or start over.")
    if not home.data.exists():
        _initialise(home, passwords[ADMINISTRATOR])
    if not _answers(home):
        _start(home)
    if not made.exists():
        _provision(home, passwords)
        made.touch(mode=0o600)


def _initialise(home: Home, password: str) -> None:
    """Make the cluster beside its final place and rename it: a killed attempt leaves nothing half done."""
    draft, password_file = home.folder / "data.part", home.folder / "password.part"
    shutil.rmtree(draft, ignore_errors=True)
    write_private(password_file, password)
    if home.user is not None:
        os.chown(password_file, home.user, -1)
    options = ["--username", ADMINISTRATOR, "--pwfile", str(password_file), "--auth", "scram-sha-256"]
    # PostgreSQL's own locale: names sort and compare alike on every machine.
    options += ["--encoding", "UTF8", "--locale", "C"]
    options += ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
    try:
        _run(home, "initdb", ["--pgdata", str(draft), "--text-search-config", "english", *options])
    finally:
        password_file.unlink(missing_ok=True)
    with (draft / "postgresql.conf").open("a") as configuration:
        configuration.write(CONFIGURATION)
    draft.rename(home.data)


def _answers(home: Home) -> bool:
    """Tell whether a server takes connections; wait for one that is starting, recovering or shutting down."""
    patience = time.monotonic() + BUSY_SECONDS
    while (code := _program(home, "pg_isready", ["--quiet", "--host", str(home.socket)]).returncode) == 1:
        if time.monotonic() > patience:
            raise EmbeddedPostgresError(
                f"PostgreSQL refuses connections; its log says: {_last_complaint(home)}"
            )
        time.sleep(0.05)
    return code == 0


def _start(home: Home) -> None:
    """Start the server. After a crash it is tried again for a while: dying children still hold its memory."""
    private_folder(home.socket, home)
    if home.log.exists() and home.log.stat().st_size > LARGEST_LOG_BYTES:
        home.log.replace(home.log.with_suffix(".log.1"))
    patience = time.monotonic() + (CRASH_SECONDS if (home.data / "postmaster.pid").exists() else 0)
    while _start_once(home) != 0:
        if time.monotonic() > patience:
            raise EmbeddedPostgresError(f"PostgreSQL did not start; {home.log} says: {_last_complaint(home)}")
        time.sleep(0.1)


def _start_once(home: Home) -> int:
    _forget_recycled_process(home)
    # pg_ctl hands these options to a shell.
    options = f"-c unix_socket_directories={shlex.quote(str(home.socket))}"
    command = ["start", "--silent", "--wait", "--timeout", str(START_SECONDS)]
    places = ["--pgdata", str(home.data), "--log", str(home.log)]
    return _program(home, "pg_ctl", [*command, *places, "--options", options]).returncode


def _forget_recycled_process(home: Home) -> None:
    """Drop a dead server's process id when the system has given it to another program, as after a restart.

    PostgreSQL would see a living process of that number and not start. A number nobody has is its own affair.
    """
    note = home.data / "postmaster.pid"
    if not note.exists():
        return
    process = Path("/proc") / note.read_text().partition("\n")[0].strip()
    command = process / "cmdline"
    if command.exists() and str(home.data).encode() not in command.read_bytes():
        note.unlink()


def _provision(home: Home, passwords: dict[str, str]) -> None:
    """Create the two roles and the database. Each step may have been done by an attempt that was killed."""
    with _connect_as_administrator(home, passwords[ADMINISTRATOR]) as connection:
        for role, rights in ((OWNER, "CREATEDB"), (APPLICATION, "NOCREATEDB")):
            _create_role(connection, role, rights, passwords[role])
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if not found:
            names = {"database": sql.Identifier(DATABASE), "owner": sql.Identifier(OWNER)}
            connection.execute(sql.SQL("CREATE DATABASE {database} OWNER {owner}").format(**names))


def _connect_as_administrator(home: Home, password: str) -> psycopg.Connection[tuple[object, ...]]:
    try:
        return psycopg.connect(
            host=str(home.socket), user=ADMINISTRATOR, password=password, dbname="postgres", autocommit=True
        )
    except psycopg.OperationalError as error:
        raise EmbeddedPostgresError("PostgreSQL runs but does not let its administrator in.") from error


def _create_role(
    connection: psycopg.Connection[tuple[object, ...]], role: str, rights: str, password: str
) -> None:
    found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    command = sql.SQL("ALTER ROLE" if found else "CREATE ROLE")
    parts = [command, sql.Identifier(role), sql.SQL(f"LOGIN {rights} PASSWORD"), sql.Literal(password)]
    connection.execute(sql.SQL(" ").join(parts))


def _stop_unless_used(home: Home) -> bool:
    with exclusively(home.folder / "start.lock"):
        if _nobody_left(home):
            _stop(home)
            return True
    return False


def _nobody_left(home: Home) -> bool:
    descriptor = os.open(home.folder / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _stop(home: Home) -> None:
    if (home.data / "postmaster.pid").exists():
        _run(home, "pg_ctl", ["stop", "--silent", "--wait", "--mode", "fast", "--pgdata", str(home.data)])


def _run(home: Home, program: str, arguments: Sequence[str]) -> None:
    result = _program(home, program, arguments)
    if result.returncode != 0:
        lines = result.stdout.decode(errors="replace").strip().splitlines() or ["nothing was said"]
        raise EmbeddedPostgresError(f"PostgreSQL's {program} failed: {lines[-1]}")


def _program(home: Home, program: str, arguments: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    """Run one of PostgreSQL's programs as the server's user, from a folder that this user may enter."""
    try:
        return subprocess.run(
            [str(home.programs / program), *arguments],
            cwd="/",
            user=home.user,
            group=home.group,
            extra_groups=None if home.user is None else [],
            env={"LC_ALL": "C", "PATH": "/usr/bin:/bin", "PGCONNECT_TIMEOUT": "5"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except OSError as error:
        sentence = f"PostgreSQL's {program} cannot be run from {home.programs}: {error.strerror}."
        raise EmbeddedPostgresError(sentence) from error


def _last_complaint(home: Home) -> str:
    lines = home.log.read_text(errors="replace").strip().splitlines() if home.log.exists() else []
    complaints = [line for line in lines if "FATAL:" in line or "PANIC:" in line]
    return (complaints or lines or ["nothing was written"])[-1]
