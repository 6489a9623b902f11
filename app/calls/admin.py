"""The calls' screens: the list, booking, and one call with its checklist."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _

from app.calls import list_page, pages
from app.calls.book import book_call
from app.calls.cancel import cancel_call
from app.calls.forms import CancelForm, OutcomeForm
from app.calls.models import Call
from app.calls.record import record_outcome
from app.dossiers.find import by_reference
from app.kernel.access import current_actor, may, permit
from app.kernel.back_office import DeskView
from app.kernel.database import fetch
from app.kernel.errors import InvalidInput, Refused
from app.kernel.permissions import Permission
from app.kernel.web import told

# Ids beyond PostgreSQL's bigint would be an error of the database instead of a page that does not exist.
_CALL = "/<row:call_id>"


class CallsView(DeskView):
    """Video calls."""

    permission = Permission.CALLS_READ

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Today, upcoming, what is not recorded yet, and what came out of the latest."""
        return render_template("calls/list.html", **list_page.page(actor=current_actor()))

    @expose("/schedule/<reference>", methods=["GET", "POST"])
    @permit(Permission.CALLS_HOLD)
    def schedule(self, reference: str) -> ResponseReturnValue:
        """Book a call; on a refusal the form comes back as it was filled."""
        dossier, refusal, status = by_reference(reference), None, 200
        form = pages.booking_form(dossier, current_actor())
        if form.validate_on_submit():
            try:
                call = book_call(
                    dossier.id,
                    staff_id=form.staff.data,
                    starts_at=form.starts_at,
                    minutes=form.minutes.data,
                    join_url=form.join_url.data,
                    actor=current_actor(),
                )
            except (InvalidInput, Refused) as error:
                refusal, status = error.message, error.status
            else:
                told(_("The call is booked; both sides get an invitation."))
                if warning := pages.outside_hours(call):
                    flash(warning, "warning")
                return redirect(url_for("calls.show", call_id=call.id))
        elif form.is_submitted():
            status = 400
        context = pages.booking(dossier, form)
        return render_template("calls/schedule.html", **context, refusal=refusal), status

    @expose(_CALL)
    def show(self, call_id: int) -> ResponseReturnValue:
        """One call: the checklist to go through, or what was recorded."""
        return _page(fetch(Call, call_id), OutcomeForm(formdata=None))

    @expose(_CALL, methods=["POST"])
    @permit(Permission.CALLS_HOLD)
    def record(self, call_id: int) -> ResponseReturnValue:
        """Record the outcome; on a refusal everything ticked and typed is still there."""
        call, form = fetch(Call, call_id), OutcomeForm()
        if not form.validate_on_submit():
            return _page(call, form, answers=form.answers), 400
        try:
            record_outcome(
                call.id,
                answers=form.answers,
                outcome=form.outcome.data,
                note=form.note.data,
                seen=form.seen.data or "",
                actor=current_actor(),
            )
        except (InvalidInput, Refused) as error:
            return _page(
                fetch(Call, call_id), form, answers=form.answers, refusal=error.message
            ), error.status
        told(_("The outcome is recorded."))
        return redirect(url_for("calls.show", call_id=call_id))

    @expose(f"{_CALL}/cancel", methods=["POST"])
    @permit(Permission.CALLS_HOLD)
    def cancel(self, call_id: int) -> ResponseReturnValue:
        """Cancel with a reason; the dossier waits for a call again."""
        form = CancelForm().checked()
        cancel_call(call_id, reason=form.reason.data, actor=current_actor())
        told(_("The call is cancelled; both sides get the cancellation."))
        return redirect(url_for("calls.show", call_id=call_id))


def _page(
    call: Call, form: OutcomeForm, *, answers: dict[str, str] | None = None, refusal: object = None
) -> str:
    """The page; a call that somebody else ended meanwhile shows that, beside what was typed here."""
    ended = call.status != "booked"
    context = pages.call_page(call, current_actor(), None if ended else answers)
    return render_template(
        "calls/record.html",
        **context,
        form=form,
        refusal=refusal,
        tried=answers is not None,
        may_hold=may(Permission.CALLS_HOLD),
        # Its key n would be pressed by who means no to an item.
        can_take_next=False,
    )
