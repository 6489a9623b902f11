"""What has to happen next with a dossier, in a few words."""

from __future__ import annotations

from flask_babel import lazy_gettext

from app.dossiers import lifecycle
from app.dossiers.models import Dossier

_STEPS = {
    lifecycle.COLLECTING: lazy_gettext("Applicant sends what is missing"),
    lifecycle.REVIEWING: lazy_gettext("Review the documents"),
    lifecycle.AWAITING_CALL: lazy_gettext("Schedule the call"),
    lifecycle.CALL_BOOKED: lazy_gettext("Hold the call"),
    lifecycle.AWAITING_APPROVAL: lazy_gettext("A supervisor decides"),
    lifecycle.HELD: lazy_gettext("A supervisor releases or rejects"),
    lifecycle.APPROVED: lazy_gettext("Applicant activates the account"),
}
_SORT = lazy_gettext("Say what the files are")


def next_step(dossier: Dossier, *, unsorted: bool = False) -> str:
    """The next step in the reader's language, "" when there is none; `unsorted`: a file's kind is not known yet."""
    if unsorted and dossier.status == lifecycle.COLLECTING:
        return str(_SORT)
    return str(_STEPS.get(dossier.status, ""))
