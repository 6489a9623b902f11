"""A certificate in words: its state, the FAQ's six things, and how far its issuance is."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from flask_babel import gettext

from app.accounts.models import Account
from app.certificates import lifecycle
from app.certificates.find import certificates_of, issued_certificate, open_key
from app.certificates.gates import GateState, gates_of
from app.certificates.models import Certificate
from app.certificates.six_things import six_things_of
from app.kernel.clock import now
from app.kernel.locale import day

TONES = {lifecycle.INTENDED: "accent", lifecycle.ISSUED: "good", lifecycle.ABANDONED: "calm"}


def six_facts(certificate: Certificate) -> list[dict[str, Any]]:
    """The six things as {label, value, code}, read from the certificate itself; [] before it is issued."""
    if certificate.pem is None:
        return []
    six = six_things_of(certificate.pem)
    rows = (
        (gettext("Owner"), six.owner, False),
        (gettext("Public key"), f"{six.public_key_algorithm}\nSHA-256 {six.public_key_fingerprint}", True),
        (gettext("Issued by"), six.issuer, False),
        (gettext("Valid"), valid_label(six.valid_from, six.valid_until), False),
        (gettext("Serial number"), six.serial_number, True),
        (gettext("Signature of the CA"), f"{six.signature_algorithm}\n{six.signature_hex}", True),
    )
    return [{"label": label, "value": value, "code": code} for label, value, code in rows]


def valid_label(since: datetime, until: datetime) -> str:
    """From when to when, by Jakarta's calendar."""
    return gettext("%(since)s to %(until)s", since=day(since), until=day(until))


def state_of(certificate: Certificate) -> dict[str, Any]:
    """{state_label, tone, valid_label}; an issued one that is past its validity says so."""
    if certificate.status == lifecycle.ISSUED and certificate.not_after <= now():
        label, tone = gettext("Expired"), "bad"
    else:
        label, tone = str(lifecycle.LABELS[certificate.status]), TONES[certificate.status]
    return {
        "state_label": label,
        "tone": tone,
        "valid_label": gettext("valid until %(day)s", day=day(certificate.not_after)),
    }


def being_issued(account: Account) -> bool:
    """Tell whether a key was handed in and no certificate has come of it yet."""
    return any(each.status == lifecycle.INTENDED for each in certificates_of(account.id)) or bool(
        open_key(account.id)
    )


def valid_certificate(account: Account) -> Certificate | None:
    """The certificate one can sign with today."""
    found = issued_certificate(account.id)
    return found if found and found.not_before <= now() < found.not_after else None


def first_closed_gate(account: Account) -> GateState | None:
    """Why nothing is issued: the first gate that is closed, or None."""
    return next((gate for gate in gates_of(account) if not gate.open), None)


def subject_rows(subject: dict[str, Any]) -> list[dict[str, Any]]:
    """The approved subject as {label, value}, in the order of a certificate."""
    labels = {
        "common_name": gettext("Name in the certificate"),
        "surname": gettext("Surname"),
        "given_name": gettext("Given names"),
        "serial_number": gettext("Document"),
        "country": gettext("Country"),
        "email": gettext("E-mail in the certificate"),
    }
    return [{"label": label, "value": subject.get(key) or "–"} for key, label in labels.items()]


def gate_rows(account: Account) -> list[dict[str, Any]]:
    """Every gate as a plain dictionary, for the page that waits."""
    return [asdict(gate) for gate in gates_of(account)]
