"""The vault: every file sealed under its own data key, which only its owner's key opens.

Content is bound to the file's name, the data key to the name and the owner: a file copied over another, or a
row pointed at another person's file, does not open. Nothing plain is ever written to disk.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from app.gateways.key_store import KeyDestroyed, KeyStore
from app.gateways.store import FileStore, NotStored, new_names
from app.kernel import crypto

__all__ = ["INTAKE_OWNER", "KeyDestroyed", "MissingFile", "SealedFile", "TamperedFile", "Vault"]

INTAKE_OWNER = "intake"
"""Owns what has arrived and belongs to nobody yet: the quarantine."""

AT_ONCE = 8
"""So many files of one call are written at a time: a disk that is asked to sync several does it in one go."""


class MissingFile(Exception):
    """Raised when the store has no file of that name."""


class TamperedFile(Exception):
    """Raised when a file does not open: changed bytes, another file's content, or another owner's key."""


@dataclass(frozen=True, slots=True)
class SealedFile:
    """What a row must keep to open the file again; `sha256` (32 bytes) and `size` are of plain content."""

    name: str
    wrapped_key: bytes
    sha256: bytes
    size: int


class Vault:
    """Seals, opens, hands over and forgets files.

    Besides its own errors every method lets the store's TemporaryStoreError and PermanentStoreError through,
    and the key store's MissingKey and WrongMasterKey, which mean a wrong setting or an incomplete restore.
    """

    def __init__(self, store: FileStore, key_store: KeyStore) -> None:
        self._store = store
        self._keys = key_store

    def seal(self, owner: str, content: bytes) -> SealedFile:
        """Store `content` for `owner`; it is durable when this returns. Raises KeyDestroyed, TamperedFile."""
        return self.seal_all(owner, [content])[0]

    def seal_all(self, owner: str, contents: Sequence[bytes]) -> list[SealedFile]:
        """Store several files for `owner`, in a third of the time that one after the other takes; all or none counts.

        All are durable when this returns. When it raises, some may lie in the store and no row names them.
        """
        if not contents:
            return []
        owner_key = self._owner_key(owner)
        with self._store.together() as put:

            def seal_one(name: str, content: bytes) -> SealedFile:
                return _seal(put, owner, owner_key, name, content)

            names = new_names(len(contents))
            if len(contents) == 1:
                return [seal_one(names[0], contents[0])]
            with ThreadPoolExecutor(min(AT_ONCE, len(contents))) as threads:
                return list(threads.map(seal_one, names, contents))

    def open(self, owner: str, name: str, wrapped_key: bytes, sha256: bytes) -> bytes:
        """The plain content, verified. Raises KeyDestroyed, MissingFile, TamperedFile."""
        data_key = self._unwrap(owner, name, wrapped_key)
        try:
            content = crypto.open(data_key, self._store.get(name), associated_data=_content_place(name))
        except NotStored:
            raise MissingFile("the store has no such file") from None
        except crypto.TamperedData:
            raise TamperedFile("the file's content does not open") from None
        if not hmac.compare_digest(hashlib.sha256(content).digest(), sha256):
            raise TamperedFile("the file is not the one that was recorded")
        return content

    def rewrap(self, name: str, wrapped_key: bytes, from_owner: str, to_owner: str) -> bytes:
        """Hand a file to another owner without touching its content; returns the new wrapped key.

        Raises KeyDestroyed, TamperedFile. The old wrapped key still opens with the old owner's key: the
        caller replaces it in the row.
        """
        data_key = self._unwrap(from_owner, name, wrapped_key)
        return crypto.wrap_key(
            self._owner_key(to_owner), data_key, associated_data=_key_place(name, to_owner)
        )

    def forget(self, name: str) -> None:
        """Remove the file itself; forgetting a file twice is harmless."""
        self._store.delete(name)

    def names_before(self, moment: datetime) -> Iterator[Sequence[str]]:
        """Names of everything that was stored before that moment, in chunks."""
        return self._store.chunks(before=moment)

    def _owner_key(self, owner: str) -> bytes:
        self._keys.create(owner)
        try:
            return self._keys.key(owner)
        except crypto.TamperedData:
            raise TamperedFile("the owner's key does not open") from None

    def _unwrap(self, owner: str, name: str, wrapped_key: bytes) -> bytes:
        try:
            return crypto.unwrap_key(
                self._keys.key(owner), wrapped_key, associated_data=_key_place(name, owner)
            )
        except crypto.TamperedData:
            raise TamperedFile("the file's key does not open for this owner") from None


def _seal(
    put: Callable[[str, bytes], None], owner: str, owner_key: bytes, name: str, content: bytes
) -> SealedFile:
    data_key = crypto.new_key()
    wrapped_key = crypto.wrap_key(owner_key, data_key, associated_data=_key_place(name, owner))
    put(name, crypto.seal(data_key, content, associated_data=_content_place(name)))
    return SealedFile(name, wrapped_key, hashlib.sha256(content).digest(), len(content))


def _content_place(name: str) -> bytes:
    return b"file content\0" + name.encode()


def _key_place(name: str, owner: str) -> bytes:
    return b"file key\0" + name.encode() + b"\0" + owner.encode()
