"""A supervisor's decision: approve, send back, reject. Never by a maker; only on exactly what was reviewed."""

from __future__ import annotations

import hmac

from flask_babel import gettext, lazy_gettext
from sqlalchemy.exc import IntegrityError

from app.accounts.open import open_account
from app.approvals import lifecycle
from app.approvals.models import ApprovalRequest
from app.approvals.snapshot import digest_of, snapshot_of
from app.approvals.why_not import own_parts
from app.audit.record import record
from app.calls.set_aside import set_aside_call
from app.documents import lifecycle as document_lifecycle
from app.documents.labels import REQUIRED
from app.dossiers import lifecycle as dossier_lifecycle
from app.dossiers.close import tell_rejected
from app.dossiers.models import Dossier
from app.kernel.actors import Actor
from app.kernel.clock import now
from app.kernel.database import db, fetch, lock, use_case
from app.kernel.errors import InvalidInput, NotPermitted, Refused
from app.kernel.permissions import Permission


class MakerCannotApprove(NotPermitted):
    """Raised when a maker of the dossier decides on it (403)."""

    default = lazy_gettext("You took part in making this dossier, so another supervisor decides on it.")


class EvidenceChanged(Refused):
    """Raised when the evidence is not the one that was shown (409)."""

    default = lazy_gettext(
        "The evidence has changed since this page was opened. Nothing was decided. Please reload it."
    )


@use_case
def approve(request_id: int, *, digest: str, note: str, actor: Actor) -> ApprovalRequest:
    """Approve exactly what `digest` (hexadecimal SHA-256 of the snapshot) names: the account opens, the letter goes out.

    Raises NotPermitted, MakerCannotApprove, AlreadyDecided, EvidenceChanged, Refused, InvalidInput.
    """
    request, dossier = _ready(request_id, note, actor)
    current = digest_of(snapshot_of(dossier))
    # Compared as bytes, because text with other letters than ASCII would be an error instead of a refusal.
    shown = digest.strip().lower().encode()
    if not hmac.compare_digest(request.digest.hex().encode(), shown) or request.digest != current:
        raise EvidenceChanged
    if request.expires_at <= now():
        raise Refused(gettext("This request has expired. An agent submits it again on the workbench."))
    _check_complete(request)
    request = _decide(request, lifecycle.APPROVED, note, actor)
    open_account(
        person=dossier.person,
        dossier_id=dossier.id,
        email=dossier.email,
        phone=dossier.phone,
        company=dossier.company,
        locale=dossier.locale,
        subject=request.snapshot["subject"],
        actor=actor,
    )
    dossier_lifecycle.change(dossier.id, "approve", actor=actor, reason=note)
    return request


def _check_complete(request: ApprovalRequest) -> None:
    """However the request came to be: nobody is approved whom no call has confirmed, or without accepted papers."""
    documents = request.snapshot["documents"]
    accepted = {one["kind"] for one in documents if one["status"] == document_lifecycle.ACCEPTED}
    if request.snapshot["call"] is None or not accepted >= {str(kind) for kind in REQUIRED}:
        raise Refused(
            gettext(
                "No call has confirmed this identity, or a required document is not accepted. Send it back."
            )
        )


@use_case
def send_back(request_id: int, *, note: str, actor: Actor, new_call: bool = False) -> ApprovalRequest:
    """Send the dossier back to review with a note; the confirmed call is kept, unless `new_call` wants another."""
    request, dossier = _ready(request_id, note, actor)
    request = _decide(request, lifecycle.SENT_BACK, note, actor)
    if new_call:
        set_aside_call(dossier.id, reason=note, actor=actor)
    dossier_lifecycle.change(dossier.id, "send_back", actor=actor, reason=note)
    return request


@use_case
def reject(request_id: int, *, note: str, actor: Actor) -> ApprovalRequest:
    """Reject the dossier for good; the applicant is told that, not the note."""
    request, dossier = _ready(request_id, note, actor)
    request = _decide(request, lifecycle.REJECTED, note, actor)
    dossier_lifecycle.change(dossier.id, "reject", actor=actor, reason=note)
    tell_rejected(dossier)
    return request


def _ready(request_id: int, note: str, actor: Actor) -> tuple[ApprovalRequest, Dossier]:
    actor.must(Permission.APPROVALS_DECIDE)
    dossier = lock(Dossier, fetch(ApprovalRequest, request_id).dossier_id)
    request = lock(ApprovalRequest, request_id)
    if own_parts(request, actor):
        raise MakerCannotApprove
    if request.status != lifecycle.PENDING:
        raise lifecycle.AlreadyDecided
    if not note.strip():
        raise InvalidInput(gettext("Please write a note: it stays with the decision."))
    return request, dossier


def _decide(request: ApprovalRequest, becomes: str, note: str, actor: Actor) -> ApprovalRequest:
    """Write the decision; the database's own trigger refuses a maker once more."""
    try:
        with db.session.begin_nested():
            decided = lifecycle.leave_pending(
                request.id, becomes, decided_by_id=actor.staff_id, decided_at=now(), note=note.strip()
            )
    except IntegrityError as error:
        if "four_eyes" in str(getattr(getattr(error.orig, "diag", None), "constraint_name", "")):
            raise MakerCannotApprove from None
        raise
    record(
        f"approval.{becomes}",
        actor=actor,
        subject=decided,
        dossier_id=decided.dossier_id,
        reason=note,
        details={"digest": decided.digest.hex()},
    )
    return decided
