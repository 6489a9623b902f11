"""The dossiers list, bulk assignment, and opening a dossier by hand."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import ngettext

from app.dossiers import list_page
from app.dossiers.assign import assign_many, reviewers
from app.dossiers.forms import NewDossierForm
from app.dossiers.open import open_by_hand
from app.kernel.access import current_actor, may, permit
from app.kernel.back_office import DeskView
from app.kernel.errors import InvalidInput
from app.kernel.permissions import Permission

DEFAULT_VIEW = "to_review"
NOBODY = "nobody"


class DossiersView(DeskView):
    """Dossiers by saved view."""

    permission = Permission.DOSSIERS_READ

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """One page of a view."""
        page = list_page.page(
            request.args.get("view", DEFAULT_VIEW), request.args.get("after"), actor=current_actor()
        )
        may_review = may(Permission.DOSSIERS_REVIEW)
        return render_template(
            "dossiers/list.html",
            **page,
            staff_choices=_staff_choices() if may_review else [],
            assign_url=url_for("dossiers.assign", view=request.args.get("view")),
            new_url=url_for("dossiers.new") if may_review else None,
        )

    @expose("/assign", methods=["POST"])
    @permit(Permission.DOSSIERS_REVIEW)
    def assign(self) -> ResponseReturnValue:
        """Give the ticked dossiers to one person, or to nobody."""
        ticked = [_number(value) for value in request.form.getlist("dossier")]
        if not ticked:
            raise InvalidInput(_("Tick at least one dossier."))
        owner = request.form.get("owner", "")
        staff_id = None if owner == NOBODY else _number(owner)
        count = assign_many(ticked, staff_id=staff_id, actor=current_actor())
        flash(ngettext("%(num)s dossier assigned.", "%(num)s dossiers assigned.", count), "success")
        return redirect(url_for("dossiers.index", view=request.args.get("view")))

    @expose("/new", methods=["GET", "POST"])
    @permit(Permission.DOSSIERS_REVIEW)
    def new(self) -> ResponseReturnValue:
        """Open a dossier for somebody who did not write."""
        form = NewDossierForm()
        if not form.validate_on_submit():
            status = 400 if form.is_submitted() else 200
            return render_template(
                "dossiers/new.html", form=form, cancel_url=url_for("dossiers.index")
            ), status
        dossier = open_by_hand(
            name=form.name.data,
            email=form.email.data,
            phone=form.phone.data,
            locale=form.locale.data,
            actor=current_actor(),
        )
        flash(_("Dossier %(reference)s is open and assigned to you.", reference=dossier.reference), "success")
        return redirect(f"/desk/workbench/{dossier.reference}")


def _staff_choices() -> list[dict[str, str]]:
    people = [{"value": str(member.id), "label": member.name} for member in reviewers()]
    return [*people, {"value": NOBODY, "label": _("Nobody")}]


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise InvalidInput
    return int(text)
