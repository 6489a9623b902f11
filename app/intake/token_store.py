"""The tokens of a mailbox as they lie in the database: sealed, and refreshed by one process at a time."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import or_, update
from sqlalchemy.dialects.postgresql import insert

from app.gateways.oauth import Granted
from app.intake.models import MailboxToken
from app.kernel import crypto
from app.kernel.clock import now
from app.kernel.database import db, use_case
from config import MailboxSettings

# Longer than the endpoint is waited for; a process that was killed meanwhile keeps the others waiting no longer.
LEASE = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class Held:
    """What is stored: an access token that still lives ("" for none), whether it is time for a new one, and by what."""

    access_token: str = field(repr=False)
    due: bool
    refresh_token: str = field(repr=False)


@use_case
def look(which: MailboxSettings) -> Held:
    """The stored tokens; with other settings than they came from, the settings' own refresh token."""
    assert which.tokens is not None
    row = _row(which)
    access = _open(row.sealed_access_token, which, "access")
    alive = bool(access and row.expires_at and row.expires_at > now())
    return Held(
        access_token=access if alive else "",
        due=not alive or _past_half(row),
        refresh_token=_open(row.sealed_refresh_token, which, "refresh") or which.tokens.refresh_token,
    )


def _row(which: MailboxSettings) -> MailboxToken:
    fresh = {"mailbox": which.ledger_name, "origin": _origin(which)}
    db.session.execute(insert(MailboxToken).values(**fresh).on_conflict_do_nothing())
    row = db.session.query(MailboxToken).filter_by(mailbox=which.ledger_name).populate_existing().one()
    if row.origin != _origin(which):
        row.origin = _origin(which)
        row.sealed_access_token = row.sealed_refresh_token = None
        row.refresh_expires_at = row.problem = row.problem_since = None
    return row


def _past_half(row: MailboxToken) -> bool:
    """Refreshed from the middle of its life on: while that fails there is time to warn before it ends."""
    if row.granted_at is None or row.expires_at is None:
        return True
    return now() > row.granted_at + (row.expires_at - row.granted_at) / 2


@use_case
def lease(which: MailboxSettings) -> bool:
    """Take the right to refresh; False while another process has it."""
    taken = db.session.execute(
        update(MailboxToken)
        .where(
            MailboxToken.mailbox == which.ledger_name,
            or_(MailboxToken.lease_until.is_(None), MailboxToken.lease_until < now()),
        )
        .values(lease_until=now() + LEASE)
        .returning(MailboxToken.id)
    )
    return taken.first() is not None


@use_case
def release(which: MailboxSettings) -> None:
    """Give the right to refresh back unused."""
    _write(which, {"lease_until": None})


@use_case
def note_granted(which: MailboxSettings, granted: Granted) -> None:
    """Keep what the endpoint gave. A refresh token that was replaced is of no use any more: the new one must not be lost."""
    assert which.tokens is not None
    moment = now()
    values: dict[str, object] = {
        "sealed_access_token": _seal(granted.access_token, which, "access"),
        "granted_at": moment,
        "expires_at": moment + timedelta(seconds=granted.expires_in),
        "lease_until": None,
        "problem": None,
        "problem_since": None,
    }
    if granted.refresh_token:
        values["sealed_refresh_token"] = _seal(granted.refresh_token, which, "refresh")
    if granted.refresh_expires_in:
        values["refresh_expires_at"] = moment + timedelta(seconds=granted.refresh_expires_in)
    _write(which, values)


@use_case
def note_problem(which: MailboxSettings, problem: str) -> None:
    """The endpoint gave nothing; `problem` is a code."""
    row = _row(which)
    row.problem_since = row.problem_since or now()
    row.problem, row.lease_until = problem, None


@use_case
def discard(which: MailboxSettings, access_token: str) -> None:
    """The mail server refused this access token: it is not tried again."""
    if look(which).access_token == access_token:
        _write(which, {"sealed_access_token": None})


def ends_at(which: MailboxSettings) -> tuple[datetime | None, str | None, datetime | None]:
    """(when the refresh token ends, what is wrong with refreshing, since when), as far as known."""
    row = db.session.query(MailboxToken).filter_by(mailbox=which.ledger_name).one_or_none()
    if row is None or row.origin != _origin(which):
        return None, None, None
    return row.refresh_expires_at, row.problem, row.problem_since


def _write(which: MailboxSettings, values: dict[str, object]) -> None:
    mine = (MailboxToken.mailbox == which.ledger_name, MailboxToken.origin == _origin(which))
    db.session.execute(update(MailboxToken).where(*mine).values(**values))


def _origin(which: MailboxSettings) -> bytes:
    assert which.tokens is not None
    told = (which.tokens.url, which.tokens.client_id, which.tokens.refresh_token)
    return hashlib.sha256("\0".join(told).encode()).digest()


def _place(which: MailboxSettings, kind: str) -> bytes:
    return f"mailbox token\0{kind}\0{which.ledger_name}".encode()


def _seal(token: str, which: MailboxSettings, kind: str) -> bytes:
    key: bytes = current_app.extensions["desk_settings"].master_key
    return crypto.seal(key, token.encode(), associated_data=_place(which, kind))


def _open(sealed: bytes | None, which: MailboxSettings, kind: str) -> str:
    """The token, "" for none or for one that was sealed with another master key."""
    if sealed is None:
        return ""
    key: bytes = current_app.extensions["desk_settings"].master_key
    try:
        return crypto.open(key, sealed, associated_data=_place(which, kind)).decode()
    except crypto.TamperedData:
        return ""
