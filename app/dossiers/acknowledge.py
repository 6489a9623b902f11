"""Tell an applicant what arrived and what is missing."""

from __future__ import annotations

from app.conversations.models import Message
from app.conversations.trust import may_carry_link
from app.documents.kinds import DocumentKind
from app.documents.labels import REQUIRED
from app.dossiers.checklist import active_documents, missing_in
from app.dossiers.models import Dossier
from app.kernel.database import fetch, use_case
from app.letters.models import Letter
from app.letters.queue import queue_letter


@use_case
def acknowledge(
    dossier_id: int, conversation_id: int | None = None, *, answers: Message | None = None
) -> Letter | None:
    """Queue the automatic letter that names what is there, what is missing, and files nobody could tell apart yet.

    It goes to the dossier's own address, whoever wrote; None while that is not known. Without the message that it
    `answers`, or to one that nobody vouches for, it carries no link.
    """
    dossier = fetch(Dossier, dossier_id)
    if not dossier.email:
        return None
    active = active_documents([dossier.id])[dossier.id]
    kinds = {document.kind for document in active}
    context = {
        "name": dossier.applicant,
        "reference": dossier.reference,
        "arrived": [kind.value for kind in REQUIRED if kind in kinds] + (["phone"] if dossier.phone else []),
        "missing": missing_in(dossier, active),
        "unsorted": [document.filename for document in active if document.kind == DocumentKind.OTHER],
    }
    return queue_letter(
        "dossiers/received",
        to=dossier.email,
        locale=dossier.locale,
        context=context,
        conversation_id=conversation_id,
        dossier_id=dossier.id,
        automatic=True,
        linkless=not may_carry_link(answers),
    )
