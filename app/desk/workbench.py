"""One dossier on one screen. What its forms do is in decisions.py, steps.py, asking.py and writing.py."""

from __future__ import annotations

from flask import jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose

from app.desk import presence
from app.desk.asking import Asking
from app.desk.bench import page
from app.desk.coming_back import chosen_document, lines
from app.desk.decisions import Decisions
from app.desk.steps import Steps
from app.desk.writing import Writing
from app.dossiers.find import by_reference
from app.kernel.access import current_actor
from app.kernel.back_office import DeskView
from app.kernel.forms import clean
from app.kernel.permissions import Permission


class WorkbenchView(Decisions, Steps, Asking, Writing, DeskView):
    """/desk/workbench"""

    permission = Permission.DOSSIERS_READ

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """A workbench is always about one dossier: they are in the list."""
        return redirect(url_for("dossiers.index"))

    @expose("/<reference>")
    def show(self, reference: str) -> ResponseReturnValue:
        """The dossier, one document of it, and what has happened."""
        context = page(
            by_reference(reference), actor=current_actor(), chosen=chosen_document(), lines=lines()
        )
        return self.render("dossiers/workbench.html", **context)

    @expose("/<reference>/presence", methods=["POST"])
    def presence(self, reference: str) -> ResponseReturnValue:
        """This person is here; who else is."""
        dossier, actor = by_reference(reference), current_actor()
        presence.tell("dossier", dossier.id, clean(request.form.get("doing")), actor=actor)
        found = presence.others("dossier", dossier.id, but=actor.id)
        return jsonify(others=presence.in_words(found))
