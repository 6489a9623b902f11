"""Issue a certificate: intent and serial stored and committed first, then signed, then recorded.

A crash between the steps leaves an intent, which the job's next run signs with the same serial and subject; a
signature that was made but not recorded has never left the process. So there is never a second certificate.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key
from flask import current_app
from sqlalchemy import select

from app.accounts.models import Account
from app.approvals.models import ApprovalRequest
from app.audit.record import record
from app.certificates import lifecycle
from app.certificates.find import approval_of, open_key
from app.certificates.gates import every_gate_open
from app.certificates.letters import send_issued
from app.certificates.models import Certificate
from app.dossiers import lifecycle as dossier_lifecycle
from app.dossiers.models import Dossier
from app.gateways import gateways
from app.gateways.certificate_profile import (
    CertificateRequestFacts,
    CertificateSubject,
    Publication,
    new_serial,
    one_year_from,
)
from app.kernel.actors import SYSTEM
from app.kernel.clock import now
from app.kernel.database import db, fetch, lock, use_case
from config import Settings


def issue(account_id: int) -> None:
    """Issue the certificate of an account if every gate is open; otherwise do nothing."""
    certificate_id = intend(account_id)
    if certificate_id is None:
        return
    facts = _facts(fetch(Certificate, certificate_id))
    # The authority may be an HSM that takes its time: no connection is held while it signs.
    db.session.remove()
    pem = gateways().open_authority().issue(facts)
    keep(certificate_id, pem.decode())


@use_case
def intend(account_id: int) -> int | None:
    """Store serial, subject, key and validity of the one certificate this approval allows; its id, or None.

    The locks are taken in the order dossier, account, as everywhere.
    """
    dossier = lock(Dossier, fetch(Account, account_id).dossier_id)
    account = lock(Account, account_id)
    approval = approval_of(dossier.id)
    if approval is None:
        return None
    earlier = db.session.scalar(select(Certificate).where(Certificate.approval_request_id == approval.id))
    if earlier:
        # A dossier rejected or withdrawn meanwhile gets no signature any more.
        wanted = earlier.status == lifecycle.INTENDED and dossier.status == dossier_lifecycle.APPROVED
        return earlier.id if wanted else None
    if not every_gate_open(account):
        return None
    certificate = _intent(account, approval)
    db.session.add(certificate)
    record(
        "certificate.intend",
        actor=SYSTEM,
        subject=certificate,
        dossier_id=dossier.id,
        details={"serial": certificate.serial, "approval": approval.digest.hex()},
    )
    return certificate.id


def _intent(account: Account, approval: ApprovalRequest) -> Certificate:
    """The subject is the one that was approved, from the approval's own snapshot."""
    key = open_key(account.id)
    assert key is not None, "the gate for the key is open"
    not_before, not_after = one_year_from(now())
    return Certificate(
        account_id=account.id,
        approval_request_id=approval.id,
        key_request_id=key.id,
        serial=f"{new_serial():x}",
        subject=approval.snapshot["subject"],
        public_key=key.public_key,
        not_before=not_before,
        not_after=not_after,
    )


@use_case
def keep(certificate_id: int, pem: str) -> None:
    """Record the signed certificate, close the dossier and tell the owner; harmless when it was recorded before."""
    account = fetch(Certificate, certificate_id).account
    dossier = lock(Dossier, account.dossier_id)
    if not lifecycle.issued(certificate_id, pem):
        return
    certificate = fetch(Certificate, certificate_id)
    lifecycle.use_key(certificate.key_request_id)
    record(
        "certificate.issue",
        actor=SYSTEM,
        subject=certificate,
        dossier_id=dossier.id,
        details={"serial": certificate.serial},
    )
    dossier_lifecycle.change(dossier.id, "issue", actor=SYSTEM)
    send_issued(account)


def _facts(certificate: Certificate) -> CertificateRequestFacts:
    key = load_der_public_key(certificate.public_key)
    assert isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey), "checked when it was handed in"
    return CertificateRequestFacts(
        serial=int(certificate.serial, 16),
        subject=CertificateSubject(**certificate.subject),
        public_key=key,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        publication=publication(current_app.extensions["desk_settings"]),
    )


def publication(settings: Settings) -> Publication:
    """Where relying parties find the rest: AUTHORITY_URL, or the public address over http (RFC 5280, section 8)."""
    base = settings.authority_url or f"http://{urlsplit(settings.public_url).netloc}/authority"
    return Publication(
        crl_url=f"{base}/issuing.crl",
        ocsp_url=f"{base}/ocsp",
        issuer_url=f"{base}/issuing.cer",
        practice_statement_url=f"{settings.public_url}/authority/practice-statement",
        policy_oid=settings.certificate_policy_oid,
    )
