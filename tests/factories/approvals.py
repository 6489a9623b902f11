"""Approval requests in any state, made by the real verbs. Everything here needs an application context."""

from __future__ import annotations

from typing import Any

from app.approvals.decide import approve
from app.approvals.models import ApprovalRequest
from app.approvals.submit import pending_request
from app.staff.models import StaffMember
from tests.factories.calls import confirmed
from tests.factories.staff import actor_of


def submitted(*, caller: StaffMember, reviewer: StaffMember, **more: Any) -> ApprovalRequest:
    """A request that waits: the call by `caller` confirmed the identity on a dossier that `reviewer` reviewed."""
    request = pending_request(confirmed(caller, reviewer=reviewer, **more).dossier_id)
    assert request is not None
    return request


def approved(*, by: StaffMember, caller: StaffMember, reviewer: StaffMember, **more: Any) -> ApprovalRequest:
    """A request that was approved: the account is open, its activation letter queued."""
    request = submitted(caller=caller, reviewer=reviewer, **more)
    return approve(request.id, digest=request.digest.hex(), note="Everything fits.", actor=actor_of(by))
