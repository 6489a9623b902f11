"""Accounts and certificates at every step, made by the real verbs: reviewed, called, approved, activated, certified.

Everything needs an application context, two agents and a supervisor: `Cast` makes them.
"""

from __future__ import annotations

import atexit
import re
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from shutil import copytree, rmtree
from tempfile import mkdtemp

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from flask import Flask, current_app
from sqlalchemy import select

from app.accounts.activate import activate
from app.accounts.models import Account
from app.approvals.decide import approve
from app.approvals.models import ApprovalRequest
from app.approvals.submit import pending_request
from app.calls.book import book_call
from app.calls.checklist import KEYS
from app.calls.record import record_outcome
from app.certificates.hand_in import hand_in_key
from app.dossiers.models import Dossier
from app.gateways.authority import ISSUING_KEY, Authority, seal_key
from app.gateways.authority_founding import make_authority
from app.kernel.actors import Actor
from app.kernel.clock import now
from app.kernel.database import db, use_case
from app.kernel.links import issue
from config import Settings
from tests.factories import dossiers
from tests.factories.staff import actor_of, staff_member

MEETING = "https://meet.example/room"
_MASTER_KEY = b"m" * 32


@dataclass(frozen=True)
class Cast:
    """Who acts: `agent` reviews, `caller` holds the call, `supervisor` approves."""

    agent: Actor
    caller: Actor
    supervisor: Actor

    @classmethod
    def of(cls, app: Flask) -> Cast:
        """Three new staff members."""
        made = (staff_member(app, role) for role in ("agent", "agent", "supervisor"))
        return cls(*(actor_of(member) for member in made))


@cache
def _founded() -> tuple[Path, Authority]:
    """One authority a test process: founding it anew for each test would be a waste."""
    folder = Path(mkdtemp(prefix="desk-authority-"))
    atexit.register(rmtree, folder, ignore_errors=True)
    authority = make_authority(
        folder=folder / "authority",
        master_key=_MASTER_KEY,
        root_key_file=folder / "root.pem",
        root_passphrase="a passphrase for tests",
        now=now() - timedelta(days=1),
    )
    return folder / "authority", authority


def found_authority(settings: Settings) -> Authority:
    """Give this desk an authority: a copy of the process's own, its key under this desk's master key."""
    folder, authority = _founded()
    copytree(folder, settings.authority_dir)
    sealed = seal_key(authority._key, settings.master_key, authority.issuing)
    (settings.authority_dir / ISSUING_KEY).write_bytes(sealed)
    return authority


def called(cast: Cast, **more: object) -> Dossier:
    """A dossier whose call has confirmed the identity: it awaits a supervisor."""
    dossier = dossiers.awaiting_call(cast.agent, **more)
    call = book_call(
        dossier.id,
        staff_id=cast.caller.staff_id,
        starts_at=now() + timedelta(minutes=10),
        minutes=20,
        join_url=MEETING,
        actor=cast.caller,
    )
    answers = dict.fromkeys(KEYS, "yes")
    record_outcome(call.id, answers=answers, outcome="confirmed", note="All seen.", actor=cast.caller)
    return dossier


def pending(dossier: Dossier) -> ApprovalRequest:
    """The request that waits for this dossier's decision."""
    request = pending_request(dossier.id)
    assert request is not None, "The dossier was not submitted."
    return request


def approved(cast: Cast, **more: object) -> Account:
    """An account that waits for its activation."""
    dossier = called(cast, **more)
    request = pending(dossier)
    approve(request.id, digest=request.digest.hex(), note="Everything fits.", actor=cast.supervisor)
    return db.session.scalars(select(Account).where(Account.dossier_id == dossier.id)).one()


@use_case
def link_for(account: Account, purpose: str, *, hours: float | None = None) -> str:
    """The token of a fresh link, as the sent letter would carry it."""
    valid = hours if hours is not None else current_app.extensions["desk_settings"].link_hours
    return issue(purpose, account.id, valid=timedelta(hours=valid))


def activated(cast: Cast, **more: object) -> Account:
    """An active account without a key."""
    return activate(link_for(approved(cast, **more), "activate"))


def with_key(cast: Cast, **more: object) -> Account:
    """An active account whose owner has handed in a key; the job that issues is waiting."""
    account = activated(cast, **more)
    hand_in_key(link_for(account, "certificate"), new_csr())
    return account


def new_csr(name: str = "whatever") -> bytes:
    """A certificate request over a new P-256 key, PEM; the name in it is not looked at."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(Encoding.PEM)


def link_in(message: EmailMessage) -> str:
    """The path of the personal link in a letter."""
    body = message.get_body(("plain",))
    assert body is not None
    found = re.search(r"https?://[^/\s]+(/(?:activate|certificate)/[\w-]{43})\b", body.get_content())
    assert found, "There is no personal link in this letter."
    return found[1]
