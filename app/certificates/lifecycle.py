"""All status changes of certificates and key requests, by compare-and-set."""

from __future__ import annotations

from flask_babel import lazy_gettext

from app.certificates.models import Certificate, KeyRequest
from app.kernel.clock import now
from app.kernel.database import change_status

INTENDED = "intended"
ISSUED = "issued"
ABANDONED = "abandoned"

LABELS = {
    INTENDED: lazy_gettext("Being issued"),
    ISSUED: lazy_gettext("Issued"),
    ABANDONED: lazy_gettext("Abandoned"),
}


def issued(certificate_id: int, pem: str) -> bool:
    """intended → issued with its PEM; False when it was already."""
    return change_status(Certificate, certificate_id, was=INTENDED, becomes=ISSUED, pem=pem, issued_at=now())


def use_key(key_request_id: int) -> bool:
    """A key request's key is in an issued certificate."""
    return change_status(KeyRequest, key_request_id, was="open", becomes="used")


def replace_key(key_request_id: int) -> bool:
    """The owner handed in another key before the certificate was issued."""
    return change_status(KeyRequest, key_request_id, was="open", becomes="replaced")


def take_up_key(key_request_id: int) -> bool:
    """The owner handed in a key again that another one had replaced."""
    return change_status(KeyRequest, key_request_id, was="replaced", becomes="open")
