"""Owner keys in a folder of their own, outside the database and its backups.

One file an owner (`keys/ab/<digest of the owner>.key`): the id of the master key, then the owner's key,
wrapped by it with the owner as associated data. Destroying a key leaves a tombstone, so that no later code
path can quietly give the same owner a new key, and a line in `erasures.list`, applied again after a restore.
"""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from app.gateways.store import sync_folder
from app.kernel import crypto

MASTER_ID_BYTES = 8


class KeyStoreError(Exception):
    """Base of what this store raises; the texts never name an owner."""


class KeyDestroyed(KeyStoreError):
    """Raised when the owner's key was destroyed: nothing sealed for this owner can ever be opened again."""


class MissingKey(KeyStoreError):
    """Raised when an owner never had a key here: a wrong folder, or a restore from before its making."""


class WrongMasterKey(KeyStoreError):
    """Raised when a key file was wrapped by another master key than the one given."""


class KeyStore:
    """Makes, returns and destroys the 32-byte keys of owners; `owner` is an opaque reference, never a name.

    Safe with any number of threads and processes on one machine: whatever changes the folder holds a lock.
    """

    def __init__(self, folder: Path, master_key: bytes) -> None:
        if len(master_key) != crypto.KEY_BYTES:
            raise ValueError(f"the master key has {crypto.KEY_BYTES} bytes")
        self._folder = folder
        self._keys = folder / "keys"
        self._erasures = folder / "erasures.list"
        self._master = master_key
        self._keys.mkdir(mode=0o700, parents=True, exist_ok=True)

    def create(self, owner: str) -> None:
        """Make the owner's key if there is none; it is on disk when this returns. Raises KeyDestroyed."""
        digest = _digest(owner)
        self._refuse_destroyed(digest)
        if self._path(digest).exists():
            return
        with self._locked():
            self._refuse_destroyed(digest)
            if not self._path(digest).exists():
                self._write(digest, self._wrap(self._master, owner_digest=digest, key=crypto.new_key()))

    def key(self, owner: str) -> bytes:
        """The owner's key. Raises KeyDestroyed, MissingKey, WrongMasterKey, crypto.TamperedData."""
        digest = _digest(owner)
        self._refuse_destroyed(digest)
        try:
            wrapped = self._path(digest).read_bytes()
        except FileNotFoundError:
            # The key may have been destroyed between the two looks.
            self._refuse_destroyed(digest)
            raise MissingKey("the owner has no key in this store") from None
        return self._unwrap(self._master, owner_digest=digest, wrapped=wrapped)

    def destroy(self, owner: str) -> None:
        """Destroy the owner's key for good, whether or not there was one; repeating it is harmless."""
        with self._locked():
            self._destroy(_digest(owner))

    def reapply_erasures(self, erasures: Path | None = None) -> int:
        """After a restore: destroy again every key that the list names (default: this store's own list).

        Returns how many keys had come back. A list kept elsewhere is added to this store's own.
        """
        listed = sorted(set(_listed(erasures or self._erasures)))
        with self._locked():
            returned = sum(self._path(digest).exists() for digest in listed)
            for digest in listed:
                self._destroy(digest)
        return returned

    def rewrap(self, new_master: bytes) -> int:
        """Wrap every key with a new master key and use it from now on; returns how many files changed.

        Interrupted, it is run again with the same two master keys: files already done are passed over.
        """
        changed = 0
        with self._locked():
            for path in sorted(self._keys.glob("??/*.key")):
                changed += self._rewrap_file(path, new_master)
        self._master = new_master
        return changed

    def _rewrap_file(self, path: Path, new_master: bytes) -> bool:
        if self._path(path.stem, ".gone").exists():
            # A destruction was interrupted; what is left of the key must not stop the others.
            self._destroy(path.stem)
            return False
        wrapped = path.read_bytes()
        if wrapped[:MASTER_ID_BYTES] == _master_id(new_master):
            return False
        key = self._unwrap(self._master, owner_digest=path.stem, wrapped=wrapped)
        self._write(path.stem, self._wrap(new_master, owner_digest=path.stem, key=key))
        return True

    def _destroy(self, digest: str) -> None:
        """List first, then tombstone, then remove: whatever interrupts this, a tombstone is always listed."""
        path, tombstone = self._path(digest), self._path(digest, ".gone")
        if not tombstone.exists():
            line = f"{datetime.now(UTC).isoformat(timespec='seconds')} {digest}\n"
            _write_synced(self._erasures, line.encode(), os.O_APPEND)
            sync_folder(self._folder)
            self._make_fan_folder(path.parent)
            _write_synced(tombstone, b"", 0)
            sync_folder(path.parent)
        if path.exists():
            # On journalling and flash storage this overwrites less than it says, hence the encrypted
            # disk that docs/operations.md asks for.
            _write_synced(path, secrets.token_bytes(path.stat().st_size), 0)
            path.unlink()
            sync_folder(path.parent)

    def _write(self, digest: str, wrapped: bytes) -> None:
        """Whole or not at all: a reader never sees half a key, a crash leaves the old file or the new one."""
        path = self._path(digest)
        self._make_fan_folder(path.parent)
        draft = path.with_name(f".{secrets.token_hex(8)}.draft")
        try:
            _write_synced(draft, wrapped, os.O_EXCL)
            draft.replace(path)
        finally:
            with suppress(FileNotFoundError):
                draft.unlink()
        sync_folder(path.parent)

    def _make_fan_folder(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(self._keys)

    def _wrap(self, master: bytes, *, owner_digest: str, key: bytes) -> bytes:
        return _master_id(master) + crypto.wrap_key(master, key, associated_data=_place(owner_digest))

    def _unwrap(self, master: bytes, *, owner_digest: str, wrapped: bytes) -> bytes:
        if wrapped[:MASTER_ID_BYTES] != _master_id(master):
            raise WrongMasterKey("the key file was wrapped by another master key")
        return crypto.unwrap_key(master, wrapped[MASTER_ID_BYTES:], associated_data=_place(owner_digest))

    def _refuse_destroyed(self, digest: str) -> None:
        if self._path(digest, ".gone").exists():
            raise KeyDestroyed("the owner's key was destroyed")

    def _path(self, digest: str, ending: str = ".key") -> Path:
        return self._keys / digest[:2] / f"{digest}{ending}"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One change at a time: otherwise a rewrap could bring back a key that is being destroyed."""
        descriptor = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _digest(owner: str) -> str:
    if not owner:
        raise ValueError("an owner is never empty")
    return hashlib.sha256(b"xignature desk owner\0" + owner.encode()).hexdigest()


def _master_id(master: bytes) -> bytes:
    """Tells master keys apart without saying anything of use about them."""
    return hashlib.sha256(b"xignature desk master key\0" + master).digest()[:MASTER_ID_BYTES]


def _place(owner_digest: str) -> bytes:
    return b"owner key\0" + owner_digest.encode()


def _listed(erasures: Path) -> Iterator[str]:
    if erasures.exists():
        yield from (line.split()[1] for line in erasures.read_text().splitlines() if line.strip())


def _write_synced(path: Path, content: bytes, flags: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | flags, 0o600)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
