"""Key requests and certificates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.sql import text

from app.accounts.models import Account
from app.kernel.database import Dated, Model


class KeyRequest(Dated, Model):
    """A PKCS#10 request whose proof of possession was checked. `status`: open, used, replaced; one open an account.

    The database holds that one key belongs to one account: handed in there again, it is the same request.
    """

    __tablename__ = "key_request"
    __table_args__ = (
        Index("uq_key_request_open", "account_id", unique=True, postgresql_where=text("status = 'open'")),
        Index("uq_key_request_public_key", "public_key", unique=True),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    status: Mapped[str] = mapped_column(default="open")
    csr: Mapped[bytes]
    public_key: Mapped[bytes]
    algorithm: Mapped[str]


class Certificate(Dated, Model):
    """A certificate. `status`: intended (serial and subject stored, nothing signed), issued, abandoned.

    At most one for each approval. `serial` is lower-case hexadecimal; `public_key` is the DER SubjectPublicKeyInfo.
    """

    __tablename__ = "certificate"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    approval_request_id: Mapped[int] = mapped_column(ForeignKey("approval_request.id"), unique=True)
    key_request_id: Mapped[int] = mapped_column(ForeignKey("key_request.id"), unique=True)
    status: Mapped[str] = mapped_column(default="intended")
    serial: Mapped[str] = mapped_column(unique=True)
    subject: Mapped[dict[str, Any]] = mapped_column(JSONB)
    public_key: Mapped[bytes]
    not_before: Mapped[datetime]
    not_after: Mapped[datetime]
    pem: Mapped[str | None]
    issued_at: Mapped[datetime | None]
    quota: Mapped[int] = mapped_column(default=10)
    account: Mapped[Account] = relationship(lazy="joined")
