"""What the supervisor's page shows, read from the request's snapshot: exactly what the decision is bound to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext
from sqlalchemy import select

from app.approvals.models import ApprovalRequest
from app.approvals.snapshot import DECIDED_AFTER_CALL, EDITED_AFTER_CALL, REVIEWER_CALLED
from app.calls import lifecycle as call_lifecycle
from app.calls.checklist import ITEMS
from app.calls.models import Call
from app.documents.admin import page_url, thumbnail_url
from app.documents.labels import SEVERITIES, finding_text, kind_label
from app.documents.labels import TONES as SEVERITY_TONES
from app.documents.lifecycle import LABELS as DECISIONS
from app.documents.lifecycle import TONES as DECISION_TONES
from app.documents.models import Document
from app.gateways.certificate_profile import CertificateSubject
from app.kernel.database import db
from app.kernel.locale import moment
from app.staff.models import StaffMember

Row = dict[str, Any]

SUBJECT_LABELS = (
    ("given_name", lazy_gettext("Given names")),
    ("surname", lazy_gettext("Surname")),
    ("common_name", lazy_gettext("Common name")),
    ("serial_number", lazy_gettext("Serial number")),
    ("country", lazy_gettext("Country")),
    ("email", lazy_gettext("E-mail")),
)
WARNINGS = {
    REVIEWER_CALLED: lazy_gettext("One person reviewed the documents and held the call."),
    DECIDED_AFTER_CALL: lazy_gettext(
        "A document was decided on after the call: it was not there, or not yet accepted, when identity was confirmed."
    ),
    EDITED_AFTER_CALL: lazy_gettext(
        "The applicant's data were edited after the call: identity was confirmed on other data than these."
    ),
}


def subject_of(request: ApprovalRequest) -> Row:
    """The certificate's subject: its parts, and the line that will stand in the certificate."""
    kept = request.snapshot["subject"]
    return {
        "subject": [{"label": label, "value": kept[key]} for key, label in SUBJECT_LABELS if kept[key]],
        "subject_line": CertificateSubject(**kept).text(),
    }


def warnings_of(request: ApprovalRequest) -> list[Any]:
    """What was allowed all the same, in sentences."""
    return [WARNINGS.get(code, code) for code in request.snapshot["warnings"]]


def documents_of(request: ApprovalRequest) -> tuple[list[Row], list[Row]]:
    """The documents with their decisions, and what was noticed about them with who accepted it all the same."""
    kept = request.snapshot["documents"]
    names = names_of(document["decided_by"] for document in kept)
    rows = {row.id: row for row in _documents(document["id"] for document in kept)}
    documents = [_document(one, rows[one["id"]], names) for one in kept]
    findings = [
        _finding(finding, one, names)
        for one in kept
        for finding in rows[one["id"]].findings
        if finding.code in one["findings"]
    ]
    return documents, findings


def _documents(ids: Iterable[int]) -> Iterable[Document]:
    return db.session.scalars(select(Document).where(Document.id.in_(list(ids))))


def _document(kept: Row, document: Document, names: dict[int, str]) -> Row:
    return {
        "kind_label": kind_label(kept["kind"]),
        "page_url": page_url(document, 1) if document.pictures == "ready" else None,
        "thumb_url": thumbnail_url(document),
        "decision_label": DECISIONS[kept["status"]],
        "tone": DECISION_TONES[kept["status"]],
        "maker": names.get(kept["decided_by"], ""),
        "sha256": kept["sha256"],
    }


def _finding(finding: Any, kept: Row, names: dict[int, str]) -> Row:
    return {
        "severity_label": SEVERITIES[finding.severity],
        "tone": SEVERITY_TONES[finding.severity],
        "kind_label": kind_label(kept["kind"]),
        "text": finding_text(finding),
        "answer": DECISIONS[kept["status"]] if kept["decided_by"] else None,
        "answered_by": names.get(kept["decided_by"], ""),
    }


def call_of(request: ApprovalRequest) -> Row | None:
    """The call that confirmed the identity, item by item, or None."""
    kept = request.snapshot["call"]
    if kept is None:
        return None
    call = db.session.get_one(Call, kept["id"])
    return {
        "at_label": moment(call.starts_at),
        "agent": names_of([kept["recorded_by"]]).get(kept["recorded_by"], ""),
        "outcome_label": call_lifecycle.LABELS[call_lifecycle.CONFIRMED],
        "tone": call_lifecycle.TONES[call_lifecycle.CONFIRMED],
        "note": kept["note"],
        "checklist": [_item(number, item, kept["answers"]) for number, item in enumerate(ITEMS)],
    }


def _item(number: int, item: Any, answers: dict[str, Row]) -> Row:
    answer = answers.get(item.key, {}).get("answer")
    labels = {"yes": lazy_gettext("yes"), "no": lazy_gettext("no")}
    return {
        "number": number,
        "label": item.label,
        "how": item.help,
        "answer_label": labels.get(answer or "", lazy_gettext("open")),
        "tone": {"yes": "good", "no": "bad"}.get(answer or "", "calm"),
    }


def names_of(ids: Iterable[int | None]) -> dict[int, str]:
    """Names of staff members by id."""
    wanted = {one for one in ids if one is not None}
    members = db.session.scalars(select(StaffMember).where(StaffMember.id.in_(wanted)))
    return {member.id: member.name for member in members}
