"""How kinds and findings are called on screens."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

from app.documents.kinds import DocumentKind
from app.documents.models import Finding
from app.documents.rendering.findings import ENGLISH, sentence

KINDS = {
    DocumentKind.PASSPORT: lazy_gettext("Passport"),
    DocumentKind.KITAS: lazy_gettext("KITAS"),
    DocumentKind.HR_LETTER: lazy_gettext("HR letter"),
    DocumentKind.SELFIE: lazy_gettext("Selfie"),
    DocumentKind.OTHER: lazy_gettext("Other"),
}
# How a file came that did not come by mail; the keys are stored as a document's source.
CHANNELS = {
    "counter": lazy_gettext("at the counter"),
    "messenger": lazy_gettext("by messenger (WhatsApp, Telegram …)"),
    "phone": lazy_gettext("after a phone call"),
    "post": lazy_gettext("by post or courier"),
    "staff": lazy_gettext("another way"),
}
REQUIRED = (DocumentKind.PASSPORT, DocumentKind.KITAS, DocumentKind.HR_LETTER, DocumentKind.SELFIE)

SEVERITIES = {
    "info": lazy_gettext("for information"),
    "warn": lazy_gettext("to check"),
    "block": lazy_gettext("cannot be used"),
}
TONES = {"info": "calm", "warn": "warn", "block": "bad"}


def kind_label(kind: str) -> Any:
    """The name of a kind in the reader's language, looked up when it is shown."""
    return KINDS[DocumentKind(kind)]


def finding_text(finding: Finding) -> Any:
    """What a finding says in the reader's language; a code of an older release is shown as it is."""
    return sentence(finding.code) if finding.code in ENGLISH else finding.code
