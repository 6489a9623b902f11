"""Public links: one purpose, one subject, an expiry; random, stored as a digest, single use, acting on POST only."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flask_babel import lazy_gettext
from sqlalchemy import Index, update
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.clock import now
from app.kernel.database import Dated, Model, db
from app.kernel.errors import DeskError
from app.kernel.tokens import digest_of, new_token

if TYPE_CHECKING:
    from collections.abc import Sequence


class LinkUnusable(DeskError):
    """Raised when a link is unknown, used, expired or withdrawn (410); the sentence is the same for all, on purpose."""

    status = 410
    default = lazy_gettext(
        "This link is no longer valid. It may have expired, been used, or been replaced by a newer one."
    )


class Link(Dated, Model):
    """One public link: the token itself is never stored."""

    __tablename__ = "link"
    __table_args__ = (Index("ix_link_subject", "purpose", "subject_id"),)

    purpose: Mapped[str]
    subject_id: Mapped[int]
    digest: Mapped[bytes] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


def issue(purpose: str, subject_id: int, *, valid: timedelta) -> str:
    """Make a link and return its token, which exists nowhere else."""
    token = new_token()
    db.session.add(
        Link(purpose=purpose, subject_id=subject_id, digest=token.digest, expires_at=now() + valid)
    )
    return token.text


def find(purpose: str, text: str) -> Link:
    """The usable link for this token, or LinkUnusable. Looking changes nothing."""
    link = db.session.query(Link).filter_by(purpose=purpose, digest=digest_of(text)).one_or_none()
    if link is None or link.used_at or link.revoked_at or link.expires_at <= now():
        raise LinkUnusable
    return link


def opened(purpose: str, text: str) -> Link:
    """The usable link for this token, with a note of the first time its page was opened, or LinkUnusable."""
    link = find(purpose, text)
    if link.opened_at is None:
        link.opened_at = now()
    return link


def use(purpose: str, text: str) -> int:
    """Use the link up and return its subject's id; of two at once, one gets LinkUnusable."""
    link = find(purpose, text)
    taken = db.session.execute(
        update(Link)
        .where(Link.id == link.id, Link.used_at.is_(None), Link.revoked_at.is_(None))
        .values(used_at=now())
        .returning(Link.subject_id)
    ).scalar_one_or_none()
    if taken is None:
        raise LinkUnusable
    return int(taken)


def revoke(purpose: str, subject_id: int) -> None:
    """Withdraw every unused link of this purpose and subject."""
    db.session.execute(
        update(Link)
        .where(Link.purpose == purpose, Link.subject_id == subject_id, Link.used_at.is_(None))
        .values(revoked_at=now())
    )


def of(purpose: str, subject_id: int) -> Sequence[Link]:
    """Every link of this purpose and subject, newest first, for the account's page."""
    return (
        db.session.query(Link)
        .filter_by(purpose=purpose, subject_id=subject_id)
        .order_by(Link.id.desc())
        .all()
    )
