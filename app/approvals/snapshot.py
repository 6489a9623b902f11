"""Exactly what a supervisor decides on, as canonical JSON with its digest.

Whatever changes the digest voids the request; a thank-you mail or the clock does not.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from flask import current_app
from sqlalchemy import exists, select

from app.accounts.subject import SubjectFacts, subject_of
from app.audit.models import TrailEntry
from app.audit.record import canonical
from app.calls.find import confirmed_call
from app.documents.models import Document
from app.dossiers.edit import EDIT
from app.dossiers.makers import makers_of
from app.dossiers.models import Dossier
from app.kernel.database import db

REVIEWER_CALLED = "reviewer_called"
DECIDED_AFTER_CALL = "decided_after_call"
EDITED_AFTER_CALL = "edited_after_call"


def snapshot_of(dossier: Dossier) -> dict[str, Any]:
    """Subject, applicant's data, documents by digest with their decisions and makers, the call, warnings.

    Raises SubjectRefused when the data make no certificate subject.
    """
    return {
        "dossier": dossier.reference,
        "subject": _subject(dossier),
        "applicant": {
            "phone": dossier.phone,
            "nationality": dossier.nationality,
            "birth_date": str(dossier.birth_date),
            "passport_expires_on": str(dossier.passport_expires_on),
            "kitas_number": dossier.kitas_number,
            "kitas_expires_on": str(dossier.kitas_expires_on),
            "company": dossier.company,
        },
        "documents": [
            _document(document) for document in dossier.documents if document.status != "withdrawn"
        ],
        "call": _call(dossier.id),
        "warnings": _warnings(dossier),
    }


def digest_of(snapshot: dict[str, Any]) -> bytes:
    """SHA-256 over the canonical JSON of a snapshot."""
    return hashlib.sha256(canonical(snapshot)).digest()


def _subject(dossier: Dossier) -> dict[str, Any]:
    settings = current_app.extensions["desk_settings"]
    facts = SubjectFacts(
        kind="foreigner",
        surname=dossier.surname,
        given_names=dossier.given_names,
        country=dossier.passport_country,
        document_number=dossier.passport_number,
        email=dossier.email,
    )
    return asdict(subject_of(facts, specimens=settings.mode == "local"))


def _document(document: Document) -> dict[str, Any]:
    return {
        "id": document.id,
        "kind": document.kind,
        "sha256": document.file.sha256.hex(),
        "status": document.status,
        "decided_by": document.decided_by_id,
        "decided_at": _moment(document.decided_at),
        "findings": sorted(finding.code for finding in document.findings),
    }


def _call(dossier_id: int) -> dict[str, Any] | None:
    call = confirmed_call(dossier_id)
    if call is None:
        return None
    return {
        "id": call.id,
        "recorded_by": call.recorded_by_id,
        "recorded_at": _moment(call.recorded_at),
        "answers": call.answers,
        "note": call.note,
    }


def _moment(at: datetime | None) -> str | None:
    """ISO 8601 in UTC: the database answers in the zone of its session, and a zone must not change the digest."""
    return at.astimezone(UTC).isoformat() if at else None


def _warnings(dossier: Dossier) -> list[str]:
    """What is allowed, recorded, and shown to the approver."""
    makers = makers_of(dossier.id)
    parts = {
        part: {maker.staff_id for maker in makers if maker.part == part} for part in ("reviewer", "caller")
    }
    found = [REVIEWER_CALLED] if parts["reviewer"] & parts["caller"] else []
    call = confirmed_call(dossier.id)
    decided = [document.decided_at for document in dossier.documents if document.status == "accepted"]
    if call and call.recorded_at and any(at and at > call.recorded_at for at in decided):
        found.append(DECIDED_AFTER_CALL)
    if call and call.recorded_at and _edited_since(dossier.id, call.recorded_at):
        found.append(EDITED_AFTER_CALL)
    return found


def _edited_since(dossier_id: int, at: datetime) -> bool:
    """Asked of the trail, which the application cannot rewrite; edit and call are both made with the dossier held."""
    edits = TrailEntry.dossier_id == dossier_id, TrailEntry.verb == EDIT, TrailEntry.at > at
    return bool(db.session.scalar(select(exists().where(*edits))))
