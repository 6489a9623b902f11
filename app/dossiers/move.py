"""Move a document to another dossier: it came with somebody else's papers."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext, lazy_gettext

from app.documents import lifecycle as document_lifecycle
from app.documents.models import Document
from app.documents.move import hand_document_over
from app.dossiers import lifecycle
from app.dossiers.evidence import touch
from app.dossiers.makers import add_maker
from app.dossiers.models import Dossier
from app.dossiers.progress import progress, recede
from app.kernel.actors import SYSTEM, Actor
from app.kernel.database import db, fetch, lock, use_case
from app.kernel.errors import InvalidInput, Refused, Stale
from app.kernel.permissions import Permission

LONGEST = 2000


@use_case
def move_document(document_id: int, *, to_dossier_id: int, reason: str, actor: Actor) -> Document:
    """Hand a document over to another dossier, both before approval; moving it back undoes it, but for the decision.

    What awaits approval goes back to review, what lacks something again collects again, what is complete by this is
    reviewed. Raises InvalidInput without a reason, Refused in a state that takes no papers, Stale when it was moved or
    withdrawn meanwhile.
    """
    actor.must(Permission.DOSSIERS_REVIEW)
    tidy = reason.strip()[:LONGEST]
    if not tidy:
        raise InvalidInput(lazy_gettext("Please write a reason: it stays with the dossier."))
    document = fetch(Document, document_id)
    from_id = document.dossier_id
    if from_id == to_dossier_id:
        raise Refused(lazy_gettext("The document is in this dossier already."))
    hold_dossiers([from_id, to_dossier_id])
    moved = move_held(
        document_id, from_dossier_id=from_id, to_dossier_id=to_dossier_id, actor=actor, reason=tidy
    )
    settle([from_id, to_dossier_id], actor=actor)
    return moved


def hold_dossiers(dossier_ids: Iterable[int]) -> dict[int, Dossier]:
    """Lock dossiers in the order of their ids, so that two who move papers to and fro never wait for each other."""
    return {one: lock(Dossier, one) for one in sorted(set(dossier_ids))}


def move_held(
    document_id: int, *, from_dossier_id: int, to_dossier_id: int, actor: Actor, reason: str
) -> Document:
    """The move itself, with both dossiers held; the caller settles them afterwards."""
    document, source, target = (
        fetch(Document, document_id),
        fetch(Dossier, from_dossier_id),
        fetch(Dossier, to_dossier_id),
    )
    db.session.refresh(document)
    if document.dossier_id != source.id or document.status == document_lifecycle.WITHDRAWN:
        raise Stale
    refuse_decided(source, target)
    for dossier in (source, target):
        add_maker(dossier.id, actor=actor, part="editor")
        touch(dossier, actor=actor)
    return hand_document_over(document.id, to_dossier_id=target.id, actor=actor, reason=reason)


def refuse_decided(*dossiers: Dossier) -> None:
    """Refused for a dossier whose papers stay as they are. An expired one is opened again, as mail would do it."""
    for dossier in dossiers:
        if dossier.status not in lifecycle.TAKES_PAPERS:
            raise Refused(
                gettext(
                    "%(reference)s has been decided on (%(state)s), so its documents stay as they are.",
                    reference=dossier.reference,
                    state=lifecycle.LABELS[dossier.status],
                )
            )
        if dossier.status == lifecycle.EXPIRED:
            lifecycle.change(dossier.id, "reopen", actor=SYSTEM)


def settle(dossier_ids: Iterable[int], *, actor: Actor) -> None:
    """See anew what each dossier lacks: back to collecting, or on to the review."""
    for dossier_id in sorted(set(dossier_ids)):
        db.session.expire(fetch(Dossier, dossier_id))
        recede(dossier_id, actor=actor)
        progress(dossier_id)
