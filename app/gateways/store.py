"""Encrypted files by opaque name: a local folder, or an object store (S3, Google, Azure) named by its URL.

The store never sees plain content: `app.gateways.vault` seals before it puts. Names are random ids, so
neither a folder listing nor a bucket's access log says whose file it is.
"""

import os
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import obstore
from obstore import exceptions as obstore_errors
from obstore.store import LocalStore, from_url

CHUNK = 1_000
NAME = re.compile(r"[0-9a-f]{32}")
PERMANENT = (
    obstore_errors.InvalidPathError,
    obstore_errors.NotSupportedError,
    obstore_errors.PermissionDeniedError,
    obstore_errors.UnauthenticatedError,
    obstore_errors.UnknownConfigurationKeyError,
    PermissionError,
)


class TemporaryStoreError(Exception):
    """Raised when the store cannot answer now (network, full disk, failed fsync): it may work later."""


class PermanentStoreError(Exception):
    """Raised when the same call can never work: refused access, an impossible name, an unknown setting."""


class AlreadyStored(PermanentStoreError):
    """Raised when a name is put a second time: a stored file is never replaced."""


class NotStored(PermanentStoreError):
    """Raised when no file has the name that was asked for."""


def new_names(count: int) -> list[str]:
    """Fresh names of files that are stored together: they share their first two digits, so one folder holds them all."""
    beginning = secrets.token_hex(1)
    return [beginning + secrets.token_hex(15) for _ in range(count)]


class FileStore:
    """Write-once files in a folder (path or `file://` URL) or an object store (`s3://bucket/prefix`, `gs://`…).

    Credentials of an object store come from its own usual environment variables. When `put` returns, the
    file is durable. Files of a folder are written by this class itself: obstore's local store does not call fsync
    (seen with strace, version 0.12), and takes four operations on the folder where one is enough.

    obstore's threads do not survive a fork, and its calls then hang for ever: a process that forks uses the
    store only after the fork. Calls that would hang raise PermanentStoreError instead.
    """

    def __init__(self, location: str) -> None:
        self._folder = _local_folder(location)
        self._durable: set[Path] = set()
        if self._folder is None:
            self._objects = from_url(location)
        else:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._objects = LocalStore(self._folder)

    def put(self, name: str, content: bytes) -> None:
        """Store `content` durably under a new name.

        Raises AlreadyStored, TemporaryStoreError, PermanentStoreError.
        """
        with self.together() as put:
            put(name, content)

    @contextmanager
    def together(self) -> Iterator[Callable[[str, bytes], None]]:
        """Hands out a `put` for several files, which threads may share; all are durable when the block ends well.

        Each folder they lie in is synced once, at the end. Raises as `put` does.
        """
        folders: set[Path] = set()

        def put(name: str, content: bytes) -> None:
            with _errors():
                if self._folder is None:
                    # One request instead of a multipart upload: only single requests are conditional on every store.
                    obstore.put(self._objects, _path(name), content, mode="create", use_multipart=False)
                    return
                path = self._folder / _path(name)
                folders.add(path.parent)
                self._write(path, content)

        yield put
        with _errors():
            for folder in folders:
                sync_folder(folder)

    def get(self, name: str) -> bytes:
        """The stored bytes. Raises NotStored, TemporaryStoreError, PermanentStoreError."""
        with _errors():
            if self._folder is not None:
                return (self._folder / _path(name)).read_bytes()
            return obstore.get(self._objects, _path(name)).bytes().to_bytes()

    def exists(self, name: str) -> bool:
        """Whether a file has this name. Raises TemporaryStoreError, PermanentStoreError."""
        try:
            with _errors():
                obstore.head(self._objects, _path(name))
        except NotStored:
            return False
        return True

    def delete(self, name: str) -> None:
        """Remove a file, durably; a missing file is no error, so that a retried erasure succeeds."""
        try:
            with _errors():
                obstore.delete(self._objects, _path(name))
                if self._folder is not None:
                    sync_folder(self._folder / name[:2])
        except NotStored:
            return

    def list(self) -> Iterator[str]:
        """Every stored name, in no order, fetched in chunks."""
        for names in self.chunks():
            yield from names

    def chunks(self, *, before: datetime | None = None) -> Iterator[Sequence[str]]:
        """The same a thousand at a time or so; of those written before that moment (aware) if one is given."""
        with _errors():
            for chunk in obstore.list(self._objects, chunk_size=CHUNK):
                kept = [one for one in chunk if before is None or one["last_modified"] < before]
                yield [one["path"].rsplit("/", 1)[-1] for one in kept]

    def _write(self, path: Path, content: bytes) -> None:
        """A crash may leave part of a file; no row names it, because rows are committed after their files."""
        self._make_fan_folder(path.parent)
        try:
            write_durably(path, content)
        except FileExistsError:
            raise AlreadyStored("the name is taken") from None
        except BaseException:
            with suppress(OSError):
                path.unlink()
            raise

    def _make_fan_folder(self, folder: Path) -> None:
        """Make sure that the folder is there and its own entry on the disk, once in the life of this process."""
        if folder not in self._durable and self._folder is not None:
            folder.mkdir(mode=0o700, exist_ok=True)
            sync_folder(self._folder)
            self._durable.add(folder)


def write_durably(path: Path, content: bytes) -> None:
    """Write a new private file; its content is on the disk when this returns, its name after `sync_folder`."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Write a folder's names to disk: without this a new or removed one may not survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _local_folder(location: str) -> Path | None:
    if location.startswith("file://"):
        return Path(location.removeprefix("file://"))
    return None if "://" in location else Path(location).absolute()


def _path(name: str) -> str:
    if not NAME.fullmatch(name):
        raise PermanentStoreError("a stored file's name is 32 hexadecimal digits")
    return f"{name[:2]}/{name}"


_process_in_use: list[int] = []


def _refuse_after_fork() -> None:
    if not _process_in_use:
        _process_in_use.append(os.getpid())
    if _process_in_use[0] != os.getpid():
        raise PermanentStoreError("this process was forked after the store had been used")


@contextmanager
def _errors() -> Iterator[None]:
    """Translate obstore's and the system's errors, without their texts."""
    _refuse_after_fork()
    try:
        yield
    except obstore_errors.AlreadyExistsError:
        raise AlreadyStored("the name is taken") from None
    except (FileNotFoundError, obstore_errors.NotFoundError):
        raise NotStored("no file has this name") from None
    except PERMANENT as error:
        raise PermanentStoreError(f"the store refused: {type(error).__name__}") from None
    except (obstore_errors.BaseError, OSError) as error:
        raise TemporaryStoreError(f"the store did not answer: {type(error).__name__}") from None
