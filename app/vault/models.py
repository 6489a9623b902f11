"""Rows of the vault."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.database import Dated, Model


class StoredFile(Dated, Model):
    """One encrypted file: `name` in the store, its data key wrapped by the key of `owner` (a person's, or quarantine's)."""

    __tablename__ = "stored_file"

    name: Mapped[str] = mapped_column(unique=True)
    owner: Mapped[str] = mapped_column(index=True)
    wrapped_key: Mapped[bytes]
    sha256: Mapped[bytes]
    size: Mapped[int]
