"""Why a person cannot decide, in one sentence, or None when they can."""

from __future__ import annotations

from flask_babel import gettext, lazy_gettext

from app.approvals import lifecycle
from app.approvals.models import ApprovalRequest
from app.dossiers.makers import makers_of
from app.kernel.actors import Actor
from app.kernel.clock import now
from app.kernel.permissions import Permission

PARTS = {
    "reviewer": lazy_gettext("you reviewed its documents"),
    "caller": lazy_gettext("you held its call"),
    "editor": lazy_gettext("you edited its data"),
    "submitter": lazy_gettext("you submitted it"),
}


def own_parts(request: ApprovalRequest, actor: Actor) -> list[str]:
    """What this person did for the dossier; whoever did anything never approves it."""
    return [maker.part for maker in makers_of(request.dossier_id) if maker.staff_id == actor.id]


def why_not(request: ApprovalRequest, actor: Actor, parts: list[str] | None = None) -> str | None:
    """The reason this person cannot decide on this request now; `parts` when own_parts are known already."""
    if Permission.APPROVALS_DECIDE not in actor.permissions:
        return gettext("Only supervisors decide.")
    if request.status != lifecycle.PENDING:
        return gettext("This request has been decided or is void.")
    parts = own_parts(request, actor) if parts is None else parts
    if parts:
        reasons = ", ".join(str(PARTS.get(part, part)) for part in parts)
        return gettext(
            "You cannot decide on this dossier: %(reasons)s. Another supervisor can.", reasons=reasons
        )
    if request.expires_at <= now():
        return gettext("This request has expired. An agent submits it again on the workbench.")
    return None
