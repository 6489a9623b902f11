"""The owner hands in a public key with proof of possession: made by the owner's page, or a CSR of their own."""

from __future__ import annotations

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.accounts.find import of_link
from app.accounts.lifecycle import ACTIVE
from app.accounts.models import Account
from app.accounts.owner_link import OWNER
from app.audit.record import record
from app.certificates import lifecycle
from app.certificates.find import certificates_of, open_key
from app.certificates.jobs import issue_certificate
from app.certificates.models import KeyRequest
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
    of_link(account.id)
    if account.status != ACTIVE:
        raise Refused(gettext("Please activate your account first, with the link of the activation letter."))
    if certificates_of(account.id):
        raise Refused(gettext("Your certificate has already been made from the key you handed in."))
    facts = check_request(csr, refused_keys=gateways().open_authority().public_keys())
    request = _keep(account, facts)
    record("key.hand_in", actor=APPLICANT, subject=request, dossier_id=account.dossier_id)
    issue_certificate.defer(account_id=account.id)
    return request


def _keep(account: Account, facts: PublicKeyFacts) -> KeyRequest:
    """Let the account's open request be the one for this key: made, taken up again, or open already."""
    known = _known(facts)
    if known and (known.account_id != account.id or known.status == "used"):
        raise _in_use()
    old = open_key(account.id)
    if known and old and known.id == old.id:
        return old
    if old:
        lifecycle.replace_key(old.id)
    if known:
        lifecycle.take_up_key(known.id)
        return known
    return _new(account, facts)


def _known(facts: PublicKeyFacts) -> KeyRequest | None:
    return db.session.scalar(select(KeyRequest).where(KeyRequest.public_key == facts.spki_der))


def _new(account: Account, facts: PublicKeyFacts) -> KeyRequest:
    request = KeyRequest(
        account_id=account.id,
        csr=facts.csr_der,
        public_key=facts.spki_der,
        algorithm=f"{facts.algorithm} {facts.size}",
    )
    try:
        with db.session.begin_nested():
            db.session.add(request)
    except IntegrityError as error:
        if getattr(getattr(error.orig, "diag", None), "constraint_name", None) != "uq_key_request_public_key":
            raise
        # Somebody else handed in the same key at this moment: the database knows whose it is.
        raise _in_use() from None
    return request


def _in_use() -> CertificateRequestRefused:
    """One key belongs to one account only."""
    return CertificateRequestRefused(
        gettext("This key is in use elsewhere. Make a new key and a new request.")
    )
