"""Forms about one document of the workbench: accept, undo, kind, withdraw."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _

from app.desk import papers, seen
from app.desk.bench_forms import KindForm, ReasonForm, SeenForm, document_id
from app.desk.coming_back import back
from app.documents.labels import kind_label
from app.documents.models import Document
from app.dossiers import review
from app.dossiers.find import by_reference
from app.dossiers.models import Dossier
from app.kernel.access import current_actor, permit
from app.kernel.permissions import Permission
from app.kernel.web import told

_PLACE = "/<reference>/documents/<document_id>"


class Decisions:
    """Mixin of the workbench."""

    @expose(f"{_PLACE}/accept", methods=["POST"])
    @permit(Permission.DOSSIERS_REVIEW)
    def accept(self, reference: str, document_id: str) -> ResponseReturnValue:
        """Accept it and go on to the next one."""
        dossier, document = _found(reference, document_id)
        form, actor = SeenForm().checked(), current_actor()
        _as_seen(dossier, document, form, partial(review.accept_document, document.id, actor=actor))
        told(_("%(document)s accepted.", document=kind_label(document.kind)))
        return back(dossier, papers.next_undecided(dossier, document.id))

    @expose(f"{_PLACE}/undo", methods=["POST"])
    @permit(Permission.DOSSIERS_REVIEW)
    def undo(self, reference: str, document_id: str) -> ResponseReturnValue:
        """Take the decision back."""
        dossier, document = _found(reference, document_id)
        form, actor = SeenForm().checked(), current_actor()
        _as_seen(dossier, document, form, partial(review.undo_decision, document.id, actor=actor))
        told(_("The decision on %(document)s is taken back.", document=kind_label(document.kind)))
        return back(dossier, document.id)

    @expose(f"{_PLACE}/kind", methods=["POST"])
    @permit(Permission.DOSSIERS_REVIEW)
    def kind(self, reference: str, document_id: str) -> ResponseReturnValue:
        """Say what it is."""
        dossier, document = _found(reference, document_id)
        form, actor = KindForm().checked(), current_actor()
        kind = str(form.kind.data)
        _as_seen(dossier, document, form, partial(review.change_kind, document.id, kind=kind, actor=actor))
        told(_("This file is now: %(document)s.", document=kind_label(kind)))
        return back(dossier, document.id)

    @expose(f"{_PLACE}/withdraw", methods=["POST"])
    @permit(Permission.DOSSIERS_REVIEW)
    def withdraw(self, reference: str, document_id: str) -> ResponseReturnValue:
        """Make it inactive."""
        dossier, document = _found(reference, document_id)
        form, actor = ReasonForm().checked(), current_actor()
        reason = str(form.reason.data)
        _as_seen(
            dossier,
            document,
            form,
            partial(review.withdraw_document, document.id, reason=reason, actor=actor),
        )
        told(_("%(document)s withdrawn.", document=kind_label(document.kind)))
        return back(dossier, papers.next_undecided(dossier, document.id))


def _found(reference: str, text: str) -> tuple[Dossier, Document]:
    """The dossier and the document of it; NotFound for another dossier's."""
    dossier = by_reference(reference)
    return dossier, papers.of_dossier(dossier, document_id(text))


def _as_seen(dossier: Dossier, document: Document, form: SeenForm, act: Callable[[], Document]) -> Document:
    return seen.as_seen(dossier, str(form.seen.data), seen.document(document), act)
