"""What can be done with a dossier in its state, as buttons of the workbench; one that is not possible says why."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from app.accounts.models import Account
from app.approvals.submit import pending_request
from app.calls.find import booked_call
from app.desk import seen
from app.desk.split_files import conversation_with_files
from app.documents import lifecycle as document_lifecycle
from app.documents.labels import kind_label
from app.documents.models import Document
from app.dossiers import lifecycle, readiness
from app.dossiers.close import REJECTION_LABELS
from app.dossiers.models import Dossier
from app.dossiers.review import DECIDABLE
from app.kernel.actors import Actor
from app.kernel.clock import now
from app.kernel.database import db
from app.kernel.permissions import Permission

ADDRESS, ASK, FILE, HOLD, MERGE, REJECT, RELEASE, WITHDRAW = (
    "address-dialog",
    "ask-dialog",
    "file-dialog",
    "hold-dialog",
    "merge-dialog",
    "reject-dialog",
    "release-dialog",
    "withdraw-dialog",
)
Row = dict[str, Any]


def url_of(dossier: Dossier, endpoint: str, current: Document | None, **values: Any) -> str:
    """Where a form of this page posts; the answer comes back to the same document."""
    place = {"reference": dossier.reference, "document": current.id if current else None, **values}
    return url_for(f"workbench.{endpoint}", **place)


def actions_of(
    dossier: Dossier, *, actor: Actor, current: Document | None, call_confirmed: bool
) -> list[Row]:
    """The state's own step first, then what may be done besides."""
    steps = {
        lifecycle.COLLECTING: lambda: _remind(dossier, actor),
        lifecycle.REVIEWING: lambda: _finish(dossier, actor, current, call_confirmed),
        lifecycle.AWAITING_CALL: lambda: _schedule(dossier, actor),
        lifecycle.CALL_BOOKED: lambda: _call(dossier, actor),
        lifecycle.AWAITING_APPROVAL: lambda: _approval(dossier, actor, current),
        lifecycle.HELD: lambda: _release(actor),
        lifecycle.APPROVED: lambda: _account(dossier, actor),
        lifecycle.ISSUED: lambda: _account(dossier, actor),
    }
    step = steps.get(dossier.status)
    return [*(step() if step else []), *_besides(dossier, actor, current)]


def _action(label: str, key: str | None = None, tone: str = "", **more: Any) -> Row:
    return {"label": label, "key": key, "tone": tone, "method": "get", "menu": False, **more}


def _remind(dossier: Dossier, actor: Actor) -> list[Row]:
    if Permission.DOSSIERS_REVIEW not in actor.permissions:
        return []
    return [_action(_("Ask for what is missing"), "s", "primary", dialog=ASK)]


def _finish(dossier: Dossier, actor: Actor, current: Document | None, call_confirmed: bool) -> list[Row]:
    if Permission.DOSSIERS_REVIEW not in actor.permissions:
        return []
    problems = readiness.problems_of(dossier)
    return [
        _action(
            _("Submit for approval") if call_confirmed else _("Finish review"),
            "s",
            "primary",
            method="post",
            url=url_of(dossier, "finish_review", current),
            seen=seen.evidence(dossier),
            disabled=readiness.sentence(problems) if problems else None,
        )
    ]


def _schedule(dossier: Dossier, actor: Actor) -> list[Row]:
    if Permission.CALLS_HOLD not in actor.permissions:
        return []
    url = url_for("calls.schedule", reference=dossier.reference)
    return [_action(_("Schedule call"), "s", "primary", url=url)]


def _call(dossier: Dossier, actor: Actor) -> list[Row]:
    call = booked_call(dossier.id)
    if call is None or Permission.CALLS_READ not in actor.permissions:
        return []
    return [_action(_("Open call"), "s", "primary", url=url_for("calls.show", call_id=call.id))]


def _approval(dossier: Dossier, actor: Actor, current: Document | None) -> list[Row]:
    request = pending_request(dossier.id)
    if request is not None and request.expires_at > now():
        if Permission.APPROVALS_READ not in actor.permissions:
            return []
        url = url_for("approvals.show", request_id=request.id)
        return [_action(_("Open approval"), "s", "primary", url=url)]
    if Permission.DOSSIERS_REVIEW not in actor.permissions:
        return []
    url = url_of(dossier, "submit_again", current)
    return [
        _action(_("Submit again"), "s", "primary", method="post", url=url, seen=seen.evidence(dossier)),
    ]


def _release(actor: Actor) -> list[Row]:
    if Permission.DOSSIERS_REJECT in actor.permissions:
        return [_action(_("Release"), "s", "primary", dialog=RELEASE)]
    return [_action(_("Release"), None, "", disabled=_("Only a supervisor releases a held dossier."))]


def _account(dossier: Dossier, actor: Actor) -> list[Row]:
    account = db.session.scalar(select(Account).where(Account.dossier_id == dossier.id))
    if account is None or Permission.ACCOUNTS_READ not in actor.permissions:
        return []
    url = url_for("accounts.show", reference=account.reference)
    return [_action(_("Open account"), "s", "primary", url=url)]


def _besides(dossier: Dossier, actor: Actor, current: Document | None) -> list[Row]:
    """What stands under "More"."""
    rows = []
    if Permission.DOSSIERS_REVIEW in actor.permissions:
        rows += _taking(dossier, actor, current)
        if may_ask(dossier, actor) and dossier.status != lifecycle.COLLECTING:
            # While documents are decided on, the same stands beside the decision and has the key.
            beside = current is not None and may_decide(dossier)
            rows.append(_action(_("Ask again…"), None if beside else "r", dialog=ASK))
        if current and may_decide(dossier) and current.status != document_lifecycle.WITHDRAWN:
            rows.append(_action(_("Withdraw this document…"), None, dialog=WITHDRAW))
        rows += _elsewhere(dossier, current)
    if Permission.DOSSIERS_REJECT in actor.permissions:
        if dossier.status in lifecycle.TRANSITIONS["hold"].was:
            rows.append(_action(_("Hold…"), "h", dialog=HOLD))
        if dossier.status in lifecycle.TRANSITIONS["reject"].was:
            rows.append(_action(_("Reject…"), None, "danger", dialog=REJECT))
    return [{**row, "menu": True} for row in rows]


def _elsewhere(dossier: Dossier, current: Document | None) -> list[Row]:
    """What came with the wrong papers: one document, a whole mail's, or two dossiers of one person."""
    rows = []
    takes = dossier.status in lifecycle.TAKES_PAPERS
    if not dossier.email and dossier.status in lifecycle.BEFORE_APPROVAL:
        rows.append(_action(_("Enter the applicant's address…"), "@", dialog=ADDRESS))
    if takes and current and current.status != document_lifecycle.WITHDRAWN:
        url = url_for("move.show", reference=dossier.reference, key=current.id)
        rows.append(_action(_("Move to another dossier…"), "b", url=url))
    if takes and (talk := conversation_with_files(dossier.id)):
        rows.append(_action(_("Split the papers…"), "p", url=url_for("split.show", reference=talk)))
    if dossier.status in lifecycle.BEFORE_APPROVAL:
        rows.append(_action(_("Merge with…"), None, dialog=MERGE))
    return rows


def _taking(dossier: Dossier, actor: Actor, current: Document | None) -> list[Row]:
    if dossier.assigned_to_id == actor.id or dossier.status not in lifecycle.OPEN:
        return []
    url = url_of(dossier, "take", current)
    disabled = None
    if dossier.assigned_to is not None:
        disabled = _("%(name)s has it. It is given away in the list.", name=dossier.assigned_to.name)
    return [
        _action(_("Take"), "g", method="post", url=url, seen=seen.phase(dossier), disabled=disabled),
    ]


def may_decide(dossier: Dossier) -> bool:
    """Whether documents are decided on in this state."""
    return dossier.status in DECIDABLE


def may_ask(dossier: Dossier, actor: Actor) -> bool:
    """Whether this person may ask the applicant again in this state."""
    if Permission.DOSSIERS_REVIEW not in actor.permissions:
        return False
    if dossier.status == lifecycle.HELD:
        return Permission.DOSSIERS_REJECT in actor.permissions
    return dossier.status in lifecycle.BEFORE_APPROVAL


def reason_dialogs(dossier: Dossier, *, actor: Actor, current: Document | None) -> list[Row]:
    """The dialogs of the actions that need a reason; only those whose button is there."""
    wanted = {row.get("dialog") for row in [*_release(actor), *_besides(dossier, actor, current)]}
    return [row for row in _dialogs(dossier, current) if row["id"] in wanted]


def _dialogs(dossier: Dossier, current: Document | None) -> list[Row]:
    rows = [
        _dialog(dossier, HOLD, "hold", _("Hold this dossier"), _("Hold")),
        _dialog(dossier, RELEASE, "release", _("Release this dossier"), _("Release")),
        {
            **_dialog(dossier, REJECT, "reject", _("Reject this dossier for good"), _("Reject")),
            "tone": "danger",
            "choices": [{"value": str(code), "label": label} for code, label in REJECTION_LABELS.items()],
            "letter": True,
        },
    ]
    rows[0]["text"] = _("Nobody works on it until a supervisor releases it. A booked call is cancelled.")
    rows[1]["text"] = _("It is reviewed again.")
    rows[2]["text"] = _("The applicant gets a plain letter that does not name the reason.")
    return [*rows, *([_withdrawing(dossier, current)] if current else [])]


def _withdrawing(dossier: Dossier, current: Document) -> Row:
    title = _("Withdraw: %(document)s", document=kind_label(current.kind))
    return {
        **_dialog(dossier, WITHDRAW, "withdraw", title, _("Withdraw"), document_id=current.id),
        "text": _("It no longer counts. Nothing is deleted; the applicant is not told."),
        "seen": seen.document(current)(dossier),
    }


def _dialog(dossier: Dossier, key: str, endpoint: str, title: str, label: str, **values: Any) -> Row:
    url = url_for(f"workbench.{endpoint}", reference=dossier.reference, **values)
    return {
        "id": key,
        "title": title,
        "label": label,
        "url": url,
        "seen": seen.state(dossier),
        "choices": [],
        "tone": "primary",
    }
