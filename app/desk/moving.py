"""The screen that moves one document to another dossier: which one is searched for exactly, looked at, then chosen."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _

from app.desk import papers, seen
from app.desk.bench_forms import document_id
from app.desk.other_dossiers import LONGEST_QUERY, line, others
from app.documents.admin import page_url
from app.documents.labels import kind_label
from app.documents.models import Document
from app.dossiers import lifecycle
from app.dossiers.find import by_reference
from app.dossiers.models import Dossier
from app.dossiers.move import move_document
from app.kernel.access import current_actor, may, permit
from app.kernel.back_office import DeskView
from app.kernel.errors import InvalidInput, NotFound, Refused
from app.kernel.forms import CONTROL, clean
from app.kernel.permissions import Permission
from app.kernel.web import told

Row = dict[str, Any]


class MoveView(DeskView):
    """/desk/move"""

    permission = Permission.DOSSIERS_REVIEW

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """A document is moved from its dossier's screen only."""
        raise NotFound

    @expose("/<reference>/<key>")
    def show(self, reference: str, key: str) -> ResponseReturnValue:
        """The document, and the search."""
        return _page(*_found(reference, key))

    @expose("/<reference>/<key>", methods=["POST"])
    @permit(Permission.DOSSIERS_REVIEW)
    def move(self, reference: str, key: str) -> ResponseReturnValue:
        """Search, or move the document to the dossier that was chosen."""
        dossier, document = _found(reference, key)
        if request.form.get("step") != "move":
            return _page(dossier, document)
        try:
            target = _move(dossier, document)
        except (InvalidInput, Refused) as refusal:
            return _page(*_found(reference, key), problem=refusal.message), refusal.status
        told(
            _(
                "%(document)s is in %(reference)s now. Moving it back undoes it.",
                document=kind_label(document.kind),
                reference=target.reference,
            )
        )
        return redirect(url_for("workbench.show", reference=target.reference, document=document.id))


def _found(reference: str, key: str) -> tuple[Dossier, Document]:
    dossier = by_reference(reference)
    return dossier, papers.of_dossier(dossier, document_id(key))


def _move(dossier: Dossier, document: Document) -> Dossier:
    chosen, reason = request.form.get("target", ""), clean(request.form.get("reason"))
    if not chosen:
        raise InvalidInput(_("Search for the dossier and choose it."))
    if CONTROL.search(reason):
        raise InvalidInput(_("It contains characters that cannot be shown. Please type it again."))
    target, actor = by_reference(chosen), current_actor()
    version = request.form.get("seen", "")

    def act() -> Document:
        return move_document(document.id, to_dossier_id=target.id, reason=reason, actor=actor)

    seen.as_seen_of(dossier, document, version, act, others=[target.id])
    return target


def _page(dossier: Dossier, document: Document, *, problem: object | None = None) -> str:
    query = clean(request.form.get("query"))[:LONGEST_QUERY]
    found = others(dossier, query)
    chosen = request.form.get("target", "")
    pictures = document.pages if may(Permission.DOCUMENTS_SEE) else []
    return render_template(
        "dossiers/move.html",
        dossier=line(dossier),
        document={
            "name": document.filename,
            "kind_label": kind_label(document.kind),
            "picture_url": page_url(document, 1) if pictures else None,
        },
        url=url_for("move.move", reference=dossier.reference, key=document.id),
        seen=seen.document(document)(dossier),
        values={"query": query, "reason": request.form.get("reason", "")},
        found=[{**line(one), "chosen": one.reference == chosen or len(found) == 1} for one in found],
        searched=bool(query),
        problem=problem,
        decided=document.status in ("accepted", "refused"),
        voids=dossier.status == lifecycle.AWAITING_APPROVAL,
    )
