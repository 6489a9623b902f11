"""The supervisors' screens: what waits, and one request with everything needed to decide on it."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _

from app.approvals import decide, list_page
from app.approvals.forms import DecisionForm
from app.approvals.models import ApprovalRequest
from app.approvals.page import page
from app.approvals.submit import submit_again
from app.kernel.access import current_actor, permit
from app.kernel.back_office import DeskView
from app.kernel.database import fetch
from app.kernel.errors import InvalidInput, Refused
from app.kernel.permissions import Permission
from app.kernel.web import told

# Ids beyond PostgreSQL's bigint would be an error of the database instead of a page that does not exist.
_REQUEST = "/<row:request_id>"


class ApprovalsView(DeskView):
    """Approval requests. Agents read them, supervisors decide."""

    permission = Permission.APPROVALS_READ

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """What waits and what was decided."""
        return render_template(
            "approvals/list.html", **list_page.page(before=_before(), actor=current_actor())
        )

    @expose(_REQUEST)
    def show(self, request_id: int) -> ResponseReturnValue:
        """One request."""
        return _page(request_id, DecisionForm(formdata=None))

    @expose(_REQUEST, methods=["POST"])
    @permit(Permission.APPROVALS_DECIDE)
    def decide(self, request_id: int) -> ResponseReturnValue:
        """Approve, send back or reject; what was typed survives every refusal but that of the person."""
        fetch(ApprovalRequest, request_id)
        form = DecisionForm()
        if not form.validate_on_submit():
            return _page(request_id, form), 400
        try:
            sentence = _decide(request_id, form)
        except (InvalidInput, Refused) as error:
            return _page(request_id, form, refusal=error.message), error.status
        told(sentence)
        return redirect(url_for("approvals.show", request_id=request_id))

    @expose(f"{_REQUEST}/submit-again", methods=["POST"])
    @permit(Permission.DOSSIERS_REVIEW)
    def submit_again(self, request_id: int) -> ResponseReturnValue:
        """Renew a request that has expired, on the evidence as it is now."""
        renewed = submit_again(fetch(ApprovalRequest, request_id).dossier_id, actor=current_actor())
        told(_("The request is submitted again."))
        return redirect(url_for("approvals.show", request_id=renewed.id))


def _decide(request_id: int, form: DecisionForm) -> str:
    """The one verb that was chosen, and what to tell."""
    actor, note, chosen = current_actor(), form.note.data, form.chosen
    if chosen == "approve":
        decide.approve(request_id, digest=form.request_digest.data or "", note=note, actor=actor)
        return _("Approved: the account is open and the activation letter is on its way.")
    if chosen == "send_back":
        decide.send_back(request_id, note=note, new_call=form.new_call.data, actor=actor)
        return _("Sent back: the dossier is in review again.")
    decide.reject(request_id, note=note, actor=actor)
    return _("Rejected: the applicant is told so.")


def _page(request_id: int, form: DecisionForm, *, refusal: object = None) -> str:
    context = page(fetch(ApprovalRequest, request_id), current_actor())
    return render_template("approvals/decide.html", **context, form=form, refusal=refusal)


def _before() -> int | None:
    """The id below which the list of decided requests goes on."""
    text = request.args.get("before", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise InvalidInput
    return int(text)
