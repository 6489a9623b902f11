"""All status changes of an approval request, by compare-and-set."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

from app.approvals.models import ApprovalRequest
from app.kernel.database import change_status, fetch
from app.kernel.errors import Stale

PENDING = "pending"
APPROVED = "approved"
SENT_BACK = "sent_back"
REJECTED = "rejected"
VOID = "void"

LABELS = {
    PENDING: lazy_gettext("Waiting"),
    APPROVED: lazy_gettext("Approved"),
    SENT_BACK: lazy_gettext("Sent back"),
    REJECTED: lazy_gettext("Rejected"),
    VOID: lazy_gettext("Void"),
}
TONES = {PENDING: "warn", APPROVED: "good", SENT_BACK: "warn", REJECTED: "bad", VOID: "calm"}


class AlreadyDecided(Stale):
    """Raised when the request is no longer pending (409)."""

    default = lazy_gettext("This request has already been decided or is void. Nothing was changed now.")


def leave_pending(request_id: int, becomes: str, **values: Any) -> ApprovalRequest:
    """Take a pending request to one of its ends, or raise AlreadyDecided."""
    if not change_status(ApprovalRequest, request_id, was=PENDING, becomes=becomes, **values):
        raise AlreadyDecided
    return fetch(ApprovalRequest, request_id)
