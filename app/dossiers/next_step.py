"""What has to happen next with a dossier, in a few words."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext, lazy_gettext, ngettext

from app.documents import lifecycle as document_lifecycle
from app.documents.kinds import DocumentKind
from app.documents.models import Document
from app.dossiers import lifecycle
from app.dossiers.checklist import LABELS, active_documents, missing_in
from app.dossiers.models import Dossier

_STEPS = {
    lifecycle.AWAITING_CALL: lazy_gettext("Schedule the call"),
    lifecycle.CALL_BOOKED: lazy_gettext("Hold the call"),
    lifecycle.AWAITING_APPROVAL: lazy_gettext("A supervisor decides"),
    lifecycle.HELD: lazy_gettext("A supervisor releases or rejects"),
    lifecycle.APPROVED: lazy_gettext("Applicant activates the account"),
}


def next_steps(dossiers: Sequence[Dossier]) -> dict[int, str]:
    """The next step of each in the reader's language, "" when there is none, with one look into the database."""
    active = active_documents([dossier.id for dossier in dossiers])
    return {dossier.id: _step(dossier, active[dossier.id]) for dossier in dossiers}


def next_step(dossier: Dossier) -> str:
    """The next step of one dossier."""
    return next_steps([dossier])[dossier.id]


def _step(dossier: Dossier, active: list[Document]) -> str:
    if dossier.status == lifecycle.COLLECTING:
        return _collect(dossier, active)
    if dossier.status == lifecycle.REVIEWING:
        return _review(active)
    return str(_STEPS.get(dossier.status, ""))


def _collect(dossier: Dossier, active: list[Document]) -> str:
    undecided = [one for one in active if one.status == document_lifecycle.UNDECIDED]
    if any(one.kind == DocumentKind.OTHER for one in undecided):
        return gettext("Say what the files are")
    missing = [str(LABELS[key]) for key in missing_in(dossier, active)]
    if not missing:
        return gettext("Waits for the applicant's answer")
    # A whole list would not fit into a column; the workbench names all of them.
    if len(missing) > 2:
        return ngettext("Waits for %(num)d thing", "Waits for %(num)d things", len(missing))
    return gettext("Waits for: %(things)s", things=", ".join(missing))


def _review(active: list[Document]) -> str:
    undecided = sum(one.status == document_lifecycle.UNDECIDED for one in active)
    if undecided:
        return ngettext("Decide %(num)d document", "Decide %(num)d documents", undecided)
    return gettext("Finish the review")
