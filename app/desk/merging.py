"""The screen that merges two dossiers of one person: both side by side, what differs, and that it cannot be undone."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _

from app.desk import seen
from app.desk.other_dossiers import line, others
from app.documents import lifecycle as document_lifecycle
from app.documents.admin import thumbnail_url
from app.documents.labels import kind_label
from app.documents.models import Document
from app.dossiers import lifecycle
from app.dossiers.applicant import LABELS
from app.dossiers.checklist import LABELS as CHECKLIST
from app.dossiers.find import by_reference
from app.dossiers.makers import makers_of
from app.dossiers.merge import doubles_of, merge_dossiers, why_not_merge
from app.dossiers.models import Dossier
from app.kernel.access import current_actor, may, permit
from app.kernel.back_office import DeskView
from app.kernel.errors import NotFound
from app.kernel.forms import clean
from app.kernel.permissions import Permission
from app.kernel.web import told

Row = dict[str, Any]


class MergeView(DeskView):
    """/desk/merge"""

    permission = Permission.DOSSIERS_REVIEW

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Dossiers are merged from one's screen only."""
        raise NotFound

    @expose("/<reference>/find", methods=["POST"])
    @permit(Permission.DOSSIERS_REVIEW)
    def find(self, reference: str) -> ResponseReturnValue:
        """Search for the other dossier, exactly; the one that is found is shown beside this one."""
        dossier = by_reference(reference)
        found = others(dossier, clean(request.form.get("query")))
        if not found:
            flash(_("No other dossier has exactly this reference, name or address."), "error")
            return redirect(url_for("workbench.show", reference=dossier.reference))
        if len(found) > 1:
            return render_template(
                "dossiers/merge_choose.html",
                dossier=line(dossier),
                found=[
                    {
                        **line(one),
                        "url": url_for("merge.show", reference=dossier.reference, other=one.reference),
                    }
                    for one in found
                ],
            )
        return redirect(url_for("merge.show", reference=dossier.reference, other=found[0].reference))

    @expose("/<reference>/<other>")
    def show(self, reference: str, other: str) -> ResponseReturnValue:
        """Both side by side; the first is kept."""
        kept, gone = by_reference(reference), by_reference(other)
        if kept.id == gone.id:
            raise NotFound
        return render_template("dossiers/merge.html", **_page(kept, gone))

    @expose("/<reference>/<other>", methods=["POST"])
    @permit(Permission.DOSSIERS_REVIEW)
    def merge(self, reference: str, other: str) -> ResponseReturnValue:
        """Put the second into the first, for good."""
        kept, gone, actor = by_reference(reference), by_reference(other), current_actor()

        def unchanged() -> bool:
            return seen.both(gone, kept) == request.form.get("seen", "")

        merge_dossiers(gone.id, kept_id=kept.id, actor=actor, unchanged=unchanged)
        told(_("%(gone)s is part of this dossier now.", gone=gone.reference))
        return redirect(url_for("workbench.show", reference=kept.reference))


def _page(kept: Dossier, gone: Dossier) -> Row:
    return {
        "kept": _side(kept, set()),
        "gone": _side(gone, doubles_of(gone, kept)),
        "rows": _rows(kept, gone),
        "why_not": why_not_merge(gone, kept),
        "why_not_turned": why_not_merge(kept, gone),
        "url": url_for("merge.merge", reference=kept.reference, other=gone.reference),
        "turn_url": url_for("merge.show", reference=gone.reference, other=kept.reference),
        "seen": seen.both(gone, kept),
        "voids": kept.status == lifecycle.AWAITING_APPROVAL,
    }


def _rows(kept: Dossier, gone: Dossier) -> list[Row]:
    """Every field that one of them has, both values, and which one stands."""
    rows = []
    for name, label in {"email": CHECKLIST["email"], **LABELS}.items():
        values = [str(getattr(one, name) or "") for one in (kept, gone)]
        if any(values):
            rows.append(
                {
                    "label": label,
                    "kept": values[0],
                    "gone": values[1],
                    "differs": bool(values[0] and values[1] and values[0] != values[1]),
                    "taken": bool(values[1] and not values[0]) and name != "email",
                }
            )
    return rows


def _side(dossier: Dossier, doubles: set[int]) -> Row:
    sees = may(Permission.DOCUMENTS_SEE)
    shown = [one for one in dossier.documents if one.status != document_lifecycle.WITHDRAWN]
    return {
        **line(dossier),
        "documents": [_document(one, sees=sees, double=one.id in doubles) for one in shown],
        "makers": sorted({maker.staff.name for maker in makers_of(dossier.id)}),
    }


def _document(document: Document, *, sees: bool, double: bool) -> Row:
    return {
        "name": document.filename,
        "kind_label": kind_label(document.kind),
        "thumb_url": thumbnail_url(document) if sees else None,
        "decision_label": document_lifecycle.LABELS[document.status],
        "tone": document_lifecycle.TONES[document.status],
        "double": double,
    }
