"""Forms about the dossier itself: take, finish the review, edit, hold, release, reject, submit again."""

from __future__ import annotations

from functools import partial

from flask import flash
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _

from app.approvals.submit import submit_again
from app.calls.find import confirmed_call
from app.desk import seen
from app.desk.bench import Typed
from app.desk.bench_forms import EditForm, ReasonForm, RejectForm, SeenForm
from app.desk.coming_back import back, shown_again
from app.dossiers import review
from app.dossiers.assign import take
from app.dossiers.edit import edit_applicant
from app.dossiers.find import by_reference
from app.kernel.access import current_actor, permit
from app.kernel.errors import Refused
from app.kernel.permissions import Permission
from app.kernel.web import told


class Steps:
    """Mixin of the workbench."""

    @expose("/<reference>/take", methods=["POST"])
    @permit(Permission.DOSSIERS_REVIEW)
    def take(self, reference: str) -> ResponseReturnValue:
        """Make it mine. The state does not matter for that, only that nobody else has it."""
        dossier = by_reference(reference)
        SeenForm().checked()
        take(dossier.id, current_actor())
        told(_("This dossier is yours."))
        return back(dossier)

    @expose("/<reference>/finish-review", methods=["POST"])
    @permit(Permission.DOSSIERS_REVIEW)
    def finish_review(self, reference: str) -> ResponseReturnValue:
        """Everything is accepted: on to the call, or to the supervisors when the call has been held."""
        dossier, actor = by_reference(reference), current_actor()
        form = SeenForm().checked()
        confirmed = confirmed_call(dossier.id) is not None
        seen.as_seen(
            dossier,
            str(form.seen.data),
            seen.evidence,
            partial(review.finish_review, dossier.id, call_confirmed=confirmed, actor=actor),
        )
        told(
            _("The review is finished. A supervisor decides.") if confirmed else _("The review is finished.")
        )
        return back(dossier)

    @expose("/<reference>/edit", methods=["POST"])
    @permit(Permission.DOSSIERS_REVIEW)
    def edit(self, reference: str) -> ResponseReturnValue:
        """Correct what was read from the documents; what was typed stays on the page when it is refused."""
        dossier, actor, form = by_reference(reference), current_actor(), EditForm()
        if not form.validate_on_submit():
            problem = _("Nothing was saved yet: see the marked fields.")
            return shown_again(dossier, Typed(applicant=form), problem=problem, status=400)
        values, version = form.values(), str(form.seen.data)
        act = partial(edit_applicant, dossier.id, values=values, actor=actor)
        try:
            seen.as_seen(dossier, version, seen.applicant, act)
        except Refused as refusal:
            return shown_again(dossier, Typed(applicant=form), problem=refusal.message, status=refusal.status)
        for sentence in form.warnings():
            flash(sentence, "warning")
        told(_("Saved."))
        return back(dossier)

    @expose("/<reference>/hold", methods=["POST"])
    @permit(Permission.DOSSIERS_REJECT)
    def hold(self, reference: str) -> ResponseReturnValue:
        """Stop all work on it."""
        dossier, actor = by_reference(reference), current_actor()
        form = ReasonForm().checked()
        reason = str(form.reason.data)
        act = partial(review.hold, dossier.id, reason=reason, actor=actor)
        seen.as_seen(dossier, str(form.seen.data), seen.state, act)
        told(_("This dossier is held."))
        return back(dossier)

    @expose("/<reference>/release", methods=["POST"])
    @permit(Permission.DOSSIERS_REJECT)
    def release(self, reference: str) -> ResponseReturnValue:
        """Let work on it go on."""
        dossier, actor = by_reference(reference), current_actor()
        form = ReasonForm().checked()
        reason = str(form.reason.data)
        act = partial(review.release, dossier.id, reason=reason, actor=actor)
        seen.as_seen(dossier, str(form.seen.data), seen.state, act)
        told(_("This dossier is released and is reviewed again."))
        return back(dossier)

    @expose("/<reference>/reject", methods=["POST"])
    @permit(Permission.DOSSIERS_REJECT)
    def reject(self, reference: str) -> ResponseReturnValue:
        """Reject it for good; the applicant gets a plain letter."""
        dossier, actor = by_reference(reference), current_actor()
        form = RejectForm().checked()
        words = {"reason": str(form.reason.data), "code": form.code, "text": str(form.text.data or "")}
        act = partial(review.reject, dossier.id, actor=actor, **words)
        seen.as_seen(dossier, str(form.seen.data), seen.state, act)
        told(_("This dossier is rejected. The letter is on its way."))
        return back(dossier)

    @expose("/<reference>/submit-again", methods=["POST"])
    @permit(Permission.DOSSIERS_REVIEW)
    def submit_again(self, reference: str) -> ResponseReturnValue:
        """Renew an expired request for approval."""
        dossier, actor = by_reference(reference), current_actor()
        form = SeenForm().checked()
        act = partial(submit_again, dossier.id, actor=actor)
        seen.as_seen(dossier, str(form.seen.data), seen.evidence, act)
        told(_("It waits for a supervisor again."))
        return back(dossier)
