"""Keep, read and hand over files: bytes into the vault first, the row in the caller's transaction.

A transaction that is rolled back leaves bytes that no row names; they are unreadable without the row's wrapped key.
"""

from __future__ import annotations

from app.gateways import gateways
from app.gateways.vault import SealedFile
from app.kernel.database import db
from app.vault.models import StoredFile


def keep(owner: str, content: bytes) -> StoredFile:
    """Encrypt `content` for `owner` (the owner's key is made on first use), store it durably, add its row."""
    return enter(owner, gateways().vault.seal(owner, content))


def enter(owner: str, sealed: SealedFile) -> StoredFile:
    """Add the row of a file that the vault has sealed for `owner` already, outside of any transaction."""
    row = StoredFile(
        name=sealed.name, owner=owner, wrapped_key=sealed.wrapped_key, sha256=sealed.sha256, size=sealed.size
    )
    db.session.add(row)
    db.session.flush()
    return row


def read(file: StoredFile) -> bytes:
    """The bytes of a file; raises the vault's errors when it is missing, altered, or its owner's key was destroyed."""
    return gateways().vault.open(file.owner, file.name, file.wrapped_key, file.sha256)


def hand_over(file: StoredFile, owner: str) -> None:
    """Give a file to another owner: its key is wrapped anew, its bytes stay."""
    if file.owner != owner:
        file.wrapped_key = gateways().vault.rewrap(file.name, file.wrapped_key, file.owner, owner)
        file.owner = owner
