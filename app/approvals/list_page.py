"""The rows of the approvals' list: what waits, the oldest first, and what was decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from flask import url_for
from sqlalchemy import Select, select

from app.approvals.lifecycle import LABELS, PENDING, TONES
from app.approvals.models import ApprovalRequest
from app.approvals.why_not import why_not
from app.dossiers.models import Dossier, DossierMaker
from app.kernel.actors import Actor
from app.kernel.clock import now
from app.kernel.database import db
from app.kernel.locale import age, moment

MOST = 100
PAGE = 25
SOON = timedelta(days=3)
Row = dict[str, Any]
Found = Select[ApprovalRequest, Dossier]


def page(*, before: int | None, actor: Actor) -> dict[str, Any]:
    """rows (at most MOST that wait), decided (PAGE of them, the newest request first, from below the id `before`)."""
    decided = db.session.execute(_decided(before)).all()
    more = len(decided) > PAGE
    older = url_for("approvals.index", before=decided[PAGE - 1][0].id) if more else None
    return {
        "rows": _waiting_rows(actor),
        "decided": [_decided_row(request, dossier) for request, dossier in decided[:PAGE]],
        "older_url": older,
    }


def _waiting() -> Found:
    query = _with_dossier().where(ApprovalRequest.status == PENDING)
    return query.order_by(ApprovalRequest.created_at, ApprovalRequest.id).limit(MOST)


def _decided(before: int | None) -> Found:
    query = _with_dossier().where(ApprovalRequest.status != PENDING)
    if before is not None:
        query = query.where(ApprovalRequest.id < before)
    return query.order_by(ApprovalRequest.id.desc()).limit(PAGE + 1)


def _with_dossier() -> Found:
    return select(ApprovalRequest, Dossier).join(Dossier, Dossier.id == ApprovalRequest.dossier_id)


def _waiting_rows(actor: Actor) -> list[Row]:
    found = db.session.execute(_waiting()).all()
    made = _makers(dossier.id for _request, dossier in found)
    return [_waiting_row(request, dossier, made[dossier.id], actor) for request, dossier in found]


def _makers(dossier_ids: Iterable[int]) -> dict[int, list[DossierMaker]]:
    """Who made which dossier, with one look into the database."""
    wanted = select(DossierMaker).where(DossierMaker.dossier_id.in_(list(dossier_ids)))
    found: dict[int, list[DossierMaker]] = defaultdict(list)
    for maker in db.session.scalars(wanted.order_by(DossierMaker.id)):
        found[maker.dossier_id].append(maker)
    return found


def _waiting_row(request: ApprovalRequest, dossier: Dossier, makers: list[DossierMaker], actor: Actor) -> Row:
    left = request.expires_at - now()
    return {
        "reference": dossier.reference,
        "url": url_for("approvals.show", request_id=request.id),
        "applicant": dossier.applicant,
        "employer": dossier.company,
        "since": age(request.created_at),
        "submitted_by": request.submitted_by.name,
        "makers": ", ".join(dict.fromkeys(maker.staff.name for maker in makers)),
        "expires": moment(request.expires_at),
        "expires_tone": "bad" if left <= timedelta() else "warn" if left < SOON else None,
        "yours": why_not(
            request, actor, parts=[maker.part for maker in makers if maker.staff_id == actor.id]
        ),
    }


def _decided_row(request: ApprovalRequest, dossier: Dossier) -> Row:
    return {
        "reference": dossier.reference,
        "url": url_for("approvals.show", request_id=request.id),
        "applicant": dossier.applicant,
        "decision_label": LABELS[request.status],
        "tone": TONES[request.status],
        "by": request.decided_by.name if request.decided_by else "–",
        "note": request.note or "",
        "at_label": moment(request.decided_at or request.created_at),
    }
