"""The owner hands in a public key with proof of possession: made by the owner's page, or a CSR of their own."""

from __future__ import annotations

from flask_babel import gettext
from sqlalchemy import or_, select

from app.accounts.lifecycle import ACTIVE
from app.accounts.models import Account
from app.accounts.owner_link import OWNER
from app.audit.record import record
from app.certificates import lifecycle
from app.certificates.find import certificates_of, open_key
from app.certificates.jobs import issue_certificate
from app.certificates.models import Certificate, KeyRequest
from app.certificates.proof import CertificateRequestRefused, PublicKeyFacts, check_request
from app.gateways import gateways
from app.kernel import links
from app.kernel.actors import APPLICANT
from app.kernel.database import db, lock, use_case
from app.kernel.errors import Refused


@use_case
def hand_in_key(token: str, csr: bytes) -> KeyRequest:
    """Keep the checked request (PEM or DER) for the account of this link and have the certificate issued.

    Raises LinkUnusable, CertificateRequestRefused, Refused (not activated, or a certificate is made already).
    """
    account = lock(Account, links.find(OWNER, token).subject_id)
    if account.status != ACTIVE:
        raise Refused(gettext("Please activate your account first, with the link of the activation letter."))
    if certificates_of(account.id):
        raise Refused(gettext("Your certificate has already been made from the key you handed in."))
    facts = check_request(csr, refused_keys=gateways().open_authority().public_keys())
    _refuse_foreign_key(account, facts)
    old = open_key(account.id)
    if old:
        lifecycle.replace_key(old.id)
    request = KeyRequest(
        account_id=account.id,
        csr=facts.csr_der,
        public_key=facts.spki_der,
        algorithm=f"{facts.algorithm} {facts.size}",
    )
    db.session.add(request)
    record("key.hand_in", actor=APPLICANT, subject=request, dossier_id=account.dossier_id)
    issue_certificate.defer(account_id=account.id)
    return request


def _refuse_foreign_key(account: Account, facts: PublicKeyFacts) -> None:
    """One key belongs to one account only."""
    taken = db.session.scalar(
        select(KeyRequest.id)
        .outerjoin(Certificate, Certificate.key_request_id == KeyRequest.id)
        .where(
            KeyRequest.public_key == facts.spki_der,
            or_(KeyRequest.account_id != account.id, Certificate.id.is_not(None)),
        )
        .limit(1)
    )
    if taken:
        raise CertificateRequestRefused(
            gettext("This key is in use elsewhere. Make a new key and a new request.")
        )
