"""One dossier on one screen. What its forms do is in decisions.py, steps.py, asking.py and writing.py."""

from __future__ import annotations

from flask import flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _

from app.desk import presence
from app.desk.addressing import Addressing
from app.desk.asking import Asking
from app.desk.bench import page
from app.desk.coming_back import chosen_document, lines
from app.desk.decisions import Decisions
from app.desk.steps import Steps
from app.desk.writing import Writing
from app.dossiers.find import by_reference
from app.dossiers.models import Dossier
from app.kernel.access import current_actor
from app.kernel.back_office import DeskView
from app.kernel.database import fetch
from app.kernel.forms import clean
from app.kernel.permissions import Permission


class WorkbenchView(Decisions, Steps, Asking, Writing, Addressing, DeskView):
    """/desk/workbench"""

    permission = Permission.DOSSIERS_READ

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """A workbench is always about one dossier: they are in the list."""
        return redirect(url_for("dossiers.index"))

    @expose("/<reference>")
    def show(self, reference: str) -> ResponseReturnValue:
        """The dossier, one document of it, and what has happened."""
        dossier = by_reference(reference)
        if dossier.merged_into_id is not None:
            return _to_the_kept(dossier)
        context = page(dossier, actor=current_actor(), chosen=chosen_document(), lines=lines())
        return self.render("dossiers/workbench.html", **context)

    @expose("/<reference>/presence", methods=["POST"])
    def presence(self, reference: str) -> ResponseReturnValue:
        """This person is here; who else is."""
        dossier, actor = by_reference(reference), current_actor()
        presence.tell("dossier", dossier.id, clean(request.form.get("doing")), actor=actor)
        found = presence.others("dossier", dossier.id, but=actor.id)
        return jsonify(others=presence.in_words(found))


def _to_the_kept(dossier: Dossier) -> ResponseReturnValue:
    """A merged dossier's reference still opens, and leads to the one that was kept."""
    kept = fetch(Dossier, dossier.merged_into_id or 0)
    flash(
        _(
            "%(gone)s was merged into this dossier, %(kept)s.",
            gone=dossier.reference,
            kept=kept.reference,
        ),
        "info",
    )
    return redirect(url_for("workbench.show", reference=kept.reference))
