"""The owner's page: make the key, watch the certificate being issued, see and download it. And the issuer's certificate."""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import Encoding
from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.accounts.find import of_link
from app.accounts.lifecycle import ACTIVE
from app.accounts.models import Account
from app.accounts.owner_link import OWNER
from app.certificates.find import issued_certificate
from app.certificates.forms import KeyForm
from app.certificates.hand_in import hand_in_key
from app.certificates.models import Certificate
from app.certificates.proof import CertificateRequestRefused
from app.certificates.show import being_issued, gate_rows, six_facts, state_of
from app.gateways import gateways
from app.gateways.authority import PermanentAuthorityError
from app.kernel import links
from app.kernel.access import public
from app.kernel.database import use_case
from app.kernel.errors import NotFound, Refused
from app.kernel.links import Link, LinkUnusable

PEM_TYPE = "application/x-pem-file"

owner = Blueprint("owner", __name__)


@owner.get("/certificate/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    """Whatever comes next for the owner of this link. Opening it changes nothing."""
    link, account = _open(token)
    certificate = issued_certificate(account.id)
    if certificate:
        return _mine(token, certificate)
    if account.status != ACTIVE:
        raise Refused(gettext("Please activate your account first, with the link of the activation letter."))
    if being_issued(account):
        return _waiting(account)
    return _key_page(token, link, account, KeyForm())


@owner.post("/certificate/<token>")
@public
def hand_in(token: str) -> ResponseReturnValue:
    """Take the certificate request."""
    form = KeyForm().checked()
    try:
        hand_in_key(token, form.request())
    except CertificateRequestRefused as refusal:
        link, account = _open(token)
        form.csr.errors = [str(refusal.message)]
        return _key_page(token, link, account, form), refusal.status
    return redirect(url_for("owner.show", token=token))


@owner.get("/certificate/<token>/certificate.pem")
@public
def certificate_pem(token: str) -> Response:
    """The certificate alone."""
    return pem_answer(_issued(token), chain=False)


@owner.get("/certificate/<token>/chain.pem")
@public
def chain_pem(token: str) -> Response:
    """The certificate, then the authority's chain."""
    return pem_answer(_issued(token), chain=True)


@owner.get("/authority/issuing.cer")
@public
def issuing_certificate() -> Response:
    """The issuing authority's own certificate in DER, where every certificate says it is (RFC 5280, 4.2.2.1)."""
    try:
        certificate = gateways().open_authority().issuing
    except PermanentAuthorityError:
        raise NotFound from None
    return Response(certificate.public_bytes(Encoding.DER), mimetype="application/pkix-cert")


@owner.errorhandler(LinkUnusable)
def unusable(refusal: LinkUnusable) -> ResponseReturnValue:
    """Say how to get a new link."""
    page = render_template(
        "public/message.html",
        title=gettext("This link does not work"),
        tone="warn",
        sentence=refusal.message,
        next_step=gettext("You can have a new one sent to the address you registered with."),
        next_url=url_for("activation.ask"),
        next_label=gettext("Send me a new link"),
    )
    return page, refusal.status


def pem_answer(certificate: Certificate, *, chain: bool) -> Response:
    """A download; its name is the serial number's end and nothing about the person."""
    assert certificate.pem is not None, "only issued certificates are asked for"
    content = certificate.pem.encode() + (gateways().open_authority().chain_pem() if chain else b"")
    answer = Response(content, mimetype=PEM_TYPE)
    name = f"xignature-{certificate.serial[-8:]}{'-chain' if chain else ''}.pem"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@use_case
def _open(token: str) -> tuple[Link, Account]:
    link = links.opened(OWNER, token)
    return link, of_link(link.subject_id)


def _issued(token: str) -> Certificate:
    certificate = issued_certificate(_open(token)[1].id)
    if certificate is None:
        raise NotFound
    return certificate


def _mine(token: str, certificate: Certificate) -> str:
    return render_template(
        "certificates/mine.html",
        certificate=state_of(certificate),
        facts=six_facts(certificate),
        quota=certificate.quota,
        pem_url=url_for("owner.certificate_pem", token=token),
        chain_url=url_for("owner.chain_pem", token=token),
    )


def _waiting(account: Account) -> str:
    gates = gate_rows(account)
    closed = [gate for gate in gates if not gate["open"]]
    return render_template("certificates/being_issued.html", gates=gates, stopped=bool(closed))


def _key_page(token: str, link: Link, account: Account, form: KeyForm) -> str:
    return render_template(
        "certificates/own_key.html",
        form=form,
        subject_name=account.subject["common_name"],
        post_url=request.path,
        expires_at=link.expires_at,
    )
