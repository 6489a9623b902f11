"""The supervisor's page of one request."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import select

from app.approvals import evidence
from app.approvals.lifecycle import LABELS, PENDING, TONES, VOID
from app.approvals.models import ApprovalRequest
from app.approvals.snapshot import snapshot_of
from app.approvals.void import EVIDENCE_CHANGED, SENTENCES
from app.approvals.why_not import why_not
from app.audit.models import TrailEntry
from app.dossiers.lifecycle import AWAITING_APPROVAL
from app.dossiers.makers import makers_of
from app.dossiers.models import Dossier
from app.kernel.actors import Actor
from app.kernel.clock import now
from app.kernel.database import db, fetch
from app.kernel.errors import DeskError
from app.kernel.locale import age, moment
from app.kernel.permissions import Permission

TRAIL_MOST = 60
# What the desk did by itself decides nothing; the trail's own screen lists it.
NOT_TOLD = ("document.render",)
MAKER_PARTS = {
    "reviewer": lazy_gettext("reviewed"),
    "caller": lazy_gettext("held the call"),
    "editor": lazy_gettext("edited"),
    "submitter": lazy_gettext("submitted"),
}
CHANGES = {
    "subject": lazy_gettext("The certificate's subject"),
    "applicant": lazy_gettext("The applicant's data"),
    "documents": lazy_gettext("Documents or decisions on them"),
    "call": lazy_gettext("The video call"),
    "warnings": lazy_gettext("Who reviewed and who called"),
}


def page(request: ApprovalRequest, actor: Actor) -> dict[str, Any]:
    """Everything needed to decide, in the words of templates/approvals/decide.html."""
    dossier = fetch(Dossier, request.dossier_id)
    documents, findings = evidence.documents_of(request)
    changes = _changes(request, dossier)
    return {
        "dossier": _dossier(dossier),
        "approval": _approval(request, changes),
        **evidence.subject_of(request),
        "documents": documents,
        "findings": findings,
        "call": evidence.call_of(request),
        "warnings": evidence.warnings_of(request),
        "changes": changes,
        "makers": _makers(dossier.id),
        "trail": _trail(dossier.id),
        "why_not": why_not(request, actor),
        "decide_url": url_for("approvals.show", request_id=request.id),
        "submit_again_url": _submit_again_url(request, dossier, actor),
    }


def _dossier(dossier: Dossier) -> dict[str, Any]:
    return {
        "reference": dossier.reference,
        "url": f"/desk/workbench/{dossier.reference}",
        "applicant": dossier.applicant,
        "address": dossier.email,
        "phone": dossier.phone,
        "employer": dossier.company,
    }


def _approval(request: ApprovalRequest, changes: list[Any]) -> dict[str, Any]:
    return {
        "digest": request.digest.hex(),
        "state_label": LABELS[request.status],
        "tone": TONES[request.status],
        "age": age(request.created_at) if request.status == PENDING else None,
        "submitted_by": request.submitted_by.name,
        "submitted_at": moment(request.created_at),
        "expires": moment(request.expires_at),
        "void": _void(request, changes),
        "decided_by": request.decided_by.name if request.decided_by else None,
        "decided_at": moment(request.decided_at),
        "note": request.note,
    }


def _void(request: ApprovalRequest, changes: list[Any]) -> str | None:
    why = request.void_reason if request.status == VOID else EVIDENCE_CHANGED if changes else None
    return None if why is None else str(SENTENCES.get(why, SENTENCES[EVIDENCE_CHANGED]))


def _changes(request: ApprovalRequest, dossier: Dossier) -> list[Any]:
    """What is not as it was submitted; nothing is asked of a request that no longer waits."""
    if request.status != PENDING:
        return []
    try:
        current = snapshot_of(dossier)
    except DeskError:
        return [CHANGES["subject"]]
    return [label for key, label in CHANGES.items() if current[key] != request.snapshot[key]]


def _makers(dossier_id: int) -> list[dict[str, Any]]:
    parts: dict[str, list[str]] = {}
    for maker in makers_of(dossier_id):
        parts.setdefault(maker.staff.name, []).append(str(MAKER_PARTS.get(maker.part, maker.part)))
    return [{"name": name, "what": ", ".join(what)} for name, what in parts.items()]


def _trail(dossier_id: int) -> list[dict[str, Any]]:
    """The dossier's own entries, the newest first; their words are the desk's, which knows every feature's verbs."""
    told = (TrailEntry.dossier_id == dossier_id, TrailEntry.verb.not_in(NOT_TOLD))
    wanted = select(TrailEntry).where(*told).order_by(TrailEntry.id.desc())
    entries = db.session.scalars(wanted.limit(TRAIL_MOST)).all()
    names = evidence.names_of(entry.actor_id for entry in entries)
    others = {"applicant": _("The applicant"), "system": _("The desk")}
    return [
        {
            "at_label": moment(entry.at),
            "actor": names.get(entry.actor_id or 0) or others.get(entry.actor_kind, ""),
            "verb": entry.verb,
        }
        for entry in entries
    ]


def _submit_again_url(request: ApprovalRequest, dossier: Dossier, actor: Actor) -> str | None:
    """Where the request is renewed, for who may do that once it has expired."""
    expired = request.status == PENDING and request.expires_at <= now()
    if not expired or dossier.status != AWAITING_APPROVAL:
        return None
    if Permission.DOSSIERS_REVIEW not in actor.permissions:
        return None
    return url_for("approvals.submit_again", request_id=request.id)
