"""What next? The first screen, the live counts, and the next dossier."""

from __future__ import annotations

from typing import Any

from flask import jsonify, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _

from app.desk import counts, figures, inbox_views
from app.desk.rail import sections_for
from app.dossiers.assign import oldest_of, take_next
from app.dossiers.lifecycle import LABELS, TONES
from app.dossiers.models import Dossier
from app.dossiers.next_step import next_steps
from app.dossiers.saved_views import count_of, due_of, rows_of
from app.kernel.access import current_actor, may, permit
from app.kernel.actors import Actor
from app.kernel.back_office import DeskIndexView
from app.kernel.clock import now
from app.kernel.due import due_words
from app.kernel.locale import age
from app.kernel.permissions import Permission
from app.kernel.web import told

SHOWN = 8
Row = dict[str, Any]


class HomeView(DeskIndexView):
    """/desk/"""

    permission = Permission.DESK_ENTER

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Three cards, what is next, the week."""
        actor = current_actor()
        works = may(Permission.DOSSIERS_READ)
        return self.render(
            "desk/home.html",
            cards=_cards(actor),
            works=works,
            next_up=_next_up(actor) if works else [],
            funnel=figures.funnel() if works else [],
            week=_week() if works else [],
            load=figures.load() if may(Permission.APPROVALS_DECIDE) else [],
        )

    @expose("/counts.json")
    def counts(self) -> ResponseReturnValue:
        """The rail's counts, asked for every twenty seconds."""
        found = sections_for(current_actor())
        return jsonify(counts={item["key"]: {"count": item["count"], "tone": item["tone"]} for item in found})

    @expose("/next", methods=["POST"])
    @permit(Permission.DOSSIERS_REVIEW)
    def next(self) -> ResponseReturnValue:
        """Take the dossier that has waited longest; two agents never get the same. Then those one has already."""
        dossier = take_next(current_actor()) or oldest_of(current_actor())
        if dossier is None:
            told(_("No dossier waits for review at the moment."))
            return redirect(url_for("home.index"))
        return redirect(url_for("workbench.show", reference=dossier.reference))


def _week() -> list[Row]:
    return [*figures.week(), *(figures.first_answers() if may(Permission.APPROVALS_DECIDE) else [])]


def _cards(actor: Actor) -> list[dict[str, Any]]:
    cards = []
    if Permission.DOSSIERS_REVIEW in actor.permissions:
        cards += [{"title": _("Waiting for me"), "rows": _mine(actor)}]
    if Permission.DOSSIERS_READ in actor.permissions:
        cards += [{"title": _("Waiting for anyone"), "rows": _anyone(actor)}]
    return [*cards, {"title": _("Going wrong"), "rows": figures.going_wrong(actor)}]


def _mine(actor: Actor) -> list[Row]:
    rows = [_row(_("My open dossiers"), count_of("mine", actor=actor), "dossiers.index", view="mine")]
    if Permission.CONVERSATIONS_WRITE in actor.permissions:
        rows += _my_mail(actor)
    call = counts.next_call(actor.staff_id)
    if call:
        minutes = max(0, int((call.starts_at - now()).total_seconds() // 60))
        row = _row(_("Next call"), None, "calls.show", call_id=call.id)
        soon = _("in %(n)s min", n=minutes) if minutes < 120 else _("in %(n)s h", n=minutes // 60)
        rows.append({**row, "pill": soon, "tone": "accent"})
    rows.append(_row(_("My calls today"), counts.calls_today(actor.staff_id), "calls.index"))
    if Permission.APPROVALS_DECIDE in actor.permissions:
        rows.append(_row(_("Approvals I can decide"), counts.pending_approvals(actor), "approvals.index"))
    return rows


def _my_mail(actor: Actor) -> list[Row]:
    mine = inbox_views.count_of(inbox_views.MINE, actor=actor)
    rows = [_row(_("My conversations to answer"), mine, "conversations.index", view=inbox_views.MINE)]
    called = inbox_views.unseen_mentions(actor)
    if called:
        asked = _row(_("Colleagues ask me"), called, "conversations.index", view=inbox_views.MENTIONS)
        rows.append({**asked, "pill": _("@you"), "tone": "accent"})
    return rows


def _anyone(actor: Actor) -> list[Row]:
    late = count_of("late", actor=actor) or 0
    review = _row(_("To review"), count_of("to_review", actor=actor), "dossiers.index", view="to_review")
    rows = [{**review, "pill": _("%(n)s late", n=late), "tone": "bad"} if late else review]
    if may(Permission.CONVERSATIONS_READ):
        rows.append(_row(_("Conversations to answer"), counts.open_conversations(), "conversations.index"))
        rows += _late_answers()
    if may(Permission.APPROVALS_READ):
        rows.append(_row(_("To approve (supervisors)"), counts.pending_approvals(), "approvals.index"))
    rows.append(
        _row(_("Waiting for applicants"), count_of("waiting", actor=actor), "dossiers.index", view="waiting")
    )
    return rows


def _late_answers() -> list[Row]:
    """A line of its own, because it opens a list of its own; none while every answer is in time."""
    late = counts.late_conversations()
    if not late:
        return []
    row = _row(_("Answers that are late"), None, "conversations.index", view="late")
    return [{**row, "pill": _("%(n)s late", n=counts.label(late)), "tone": "bad"}]


def _row(label: str, value: int | None, endpoint: str, **values: Any) -> Row:
    shown = None if value is None else counts.label(value)
    return {"label": label, "value": shown, "url": url_for(endpoint, **values), "pill": None, "tone": None}


def _next_up(actor: Actor) -> list[Row]:
    """My own first, then those that have waited longest."""
    mine = list(rows_of("mine", actor=actor)) if actor.kind == "staff" else []
    others = [found for found in rows_of("to_review", actor=actor) if found not in mine]
    shown = [*mine, *others][:SHOWN]
    steps = next_steps(shown)
    return [_next_row(found, steps[found.id]) for found in shown]


def _next_row(dossier: Dossier, step: str) -> Row:
    due = due_of(dossier)
    label, tone = due_words(due) if due else ("", None)
    return {
        "reference": dossier.reference,
        "url": url_for("workbench.show", reference=dossier.reference),
        "applicant": dossier.applicant,
        "state_label": LABELS[dossier.status],
        "tone": TONES[dossier.status],
        "age": age(dossier.status_since),
        "next_step": step,
        "due": label,
        "due_tone": tone,
    }
