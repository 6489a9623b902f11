"""What still stands between a dossier under review and its video call."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_babel import gettext, lazy_gettext

from app.accounts.subject import SubjectFacts, SubjectRefused, subject_of
from app.documents import lifecycle as document_lifecycle
from app.documents.labels import REQUIRED, kind_label
from app.dossiers.applicant import LABELS, today
from app.dossiers.checklist import active_documents
from app.dossiers.models import Dossier

NEEDED = (
    "passport_number",
    "passport_country",
    "nationality",
    "birth_date",
    "passport_expires_on",
    "kitas_number",
    "company",
    "phone",
)


def problems_of(dossier: Dossier) -> list[Any]:
    """Everything that keeps a review from being finished, as short phrases; [] when nothing does."""
    return document_problems(dossier) + data_problems(dossier)


def sentence(problems: list[Any]) -> str:
    """The refusal that names them."""
    listed = "; ".join(str(problem) for problem in problems)
    return gettext("The review cannot be finished yet: %(problems)s.", problems=listed)


def document_problems(dossier: Dossier) -> list[Any]:
    """Required documents that are not there, or not decided."""
    active = active_documents([dossier.id])[dossier.id]
    problems: list[Any] = []
    for kind in REQUIRED:
        states = [document.status for document in active if document.kind == kind]
        if document_lifecycle.UNDECIDED in states:
            problems.append(lazy_gettext("%(document)s is undecided", document=kind_label(kind)))
        elif not states:
            problems.append(lazy_gettext("%(document)s is missing", document=kind_label(kind)))
    return problems


def data_problems(dossier: Dossier) -> list[Any]:
    """Applicant's data that are missing, or that no certificate can carry. A single name is enough."""
    problems = [] if dossier.surname or dossier.given_names else [lazy_gettext("the name is missing")]
    if not dossier.email:
        problems.append(lazy_gettext("the applicant's own e-mail address is missing"))
    empty = [LABELS[field] for field in NEEDED if not getattr(dossier, field)]
    problems += [lazy_gettext("%(field)s is missing", field=label) for label in empty]
    if dossier.passport_expires_on and dossier.passport_expires_on <= today():
        problems.append(lazy_gettext("the passport has expired"))
    return problems or _subject_problems(dossier)


def _subject_problems(dossier: Dossier) -> list[Any]:
    facts = SubjectFacts(
        kind="foreigner",
        surname=dossier.surname,
        given_names=dossier.given_names,
        country=dossier.passport_country,
        document_number=dossier.passport_number,
        email=dossier.email,
    )
    try:
        subject_of(facts, specimens=current_app.extensions["desk_settings"].mode == "local")
    except SubjectRefused as refusal:
        return [str(refusal.message).rstrip(".")]
    return []
