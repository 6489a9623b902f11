"""Certificates for staff: the list, and the downloads of the account's page."""

from __future__ import annotations

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from sqlalchemy import select

from app.certificates import lifecycle
from app.certificates.models import Certificate
from app.certificates.show import state_of, valid_label
from app.certificates.six_things import serial_text
from app.certificates.views import pem_answer
from app.kernel.back_office import DeskView
from app.kernel.database import db, fetch
from app.kernel.errors import NotFound
from app.kernel.locale import age
from app.kernel.permissions import Permission

PAGE = 50
# Ids beyond PostgreSQL's bigint would be an error of the database instead of a page that does not exist.


class CertificatesView(DeskView):
    """/desk/certificates"""

    permission = Permission.CERTIFICATES_READ

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Certificates, newest first."""
        before = request.args.get("before", type=int)
        wanted = select(Certificate).order_by(Certificate.id.desc()).limit(PAGE + 1)
        if before is not None:
            wanted = wanted.where(Certificate.id < min(before, 2**63 - 1))
        found = db.session.scalars(wanted).all()
        older = url_for(".index", before=found[PAGE - 1].id) if len(found) > PAGE else None
        return self.render(
            "certificates/list.html", rows=[_row(each) for each in found[:PAGE]], older_url=older
        )

    @expose("/<row:certificate_id>/certificate.pem")
    def certificate_pem(self, certificate_id: int) -> Response:
        """The certificate alone."""
        return pem_answer(_issued(certificate_id), chain=False)

    @expose("/<row:certificate_id>/chain.pem")
    def chain_pem(self, certificate_id: int) -> Response:
        """The certificate, then the authority's chain."""
        return pem_answer(_issued(certificate_id), chain=True)


def _issued(certificate_id: int) -> Certificate:
    certificate = fetch(Certificate, certificate_id)
    if certificate.status != lifecycle.ISSUED:
        raise NotFound
    return certificate


def _row(certificate: Certificate) -> dict[str, object]:
    account = certificate.account
    return {
        **state_of(certificate),
        "age": age(certificate.issued_at or certificate.created_at),
        "serial": serial_text(int(certificate.serial, 16)),
        "owner": certificate.subject["common_name"],
        "validity": valid_label(certificate.not_before, certificate.not_after),
        "quota": certificate.quota,
        "url": url_for("accounts.show", reference=account.reference),
        "reference": account.reference,
    }
