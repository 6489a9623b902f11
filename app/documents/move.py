"""Hand a document over to another dossier. Whether their states allow it is the dossiers' business (app.dossiers.move)."""

from __future__ import annotations

from flask_babel import lazy_gettext

from app.audit.record import record
from app.documents import lifecycle
from app.documents.holder import lock_holder
from app.documents.models import Document
from app.gateways.vault import KeyDestroyed
from app.kernel.actors import Actor
from app.kernel.database import db, lock, use_case
from app.kernel.errors import Refused
from app.kernel.permissions import Permission
from app.vault.keep import hand_over


@use_case
def hand_document_over(
    document_id: int,
    *,
    to_dossier_id: int,
    actor: Actor,
    reason: str | None = None,
    keep_decision: bool = False,
) -> Document:
    """Give a document with its pictures to another dossier and its files to that one's person: the old key opens them no more.

    The caller holds both dossiers. A decision falls with the move, because it was about another applicant, unless
    `keep_decision` says that it is the same one. `reason` is kept in both dossiers' trails. Raises Refused when the files
    cannot be opened any more.
    """
    actor.must(Permission.DOSSIERS_REVIEW)
    key_owner = lock_holder(to_dossier_id)
    document = lock(Document, document_id)
    if not keep_decision and document.status in (lifecycle.ACCEPTED, lifecycle.REFUSED):
        document = lifecycle.change(document_id, "undo", actor=actor)
    hand_files_over(document, key_owner)
    from_dossier_id, document.dossier_id = document.dossier_id, to_dossier_id
    db.session.flush()
    details = {"kind": document.kind, "from": from_dossier_id, "to": to_dossier_id}
    for verb, dossier_id in (("move_out", from_dossier_id), ("move_in", to_dossier_id)):
        record(
            f"document.{verb}",
            actor=actor,
            subject=document,
            dossier_id=dossier_id,
            reason=reason,
            details=details,
        )
    return document


def hand_files_over(document: Document, key_owner: str) -> None:
    """Wrap the keys of the file and of its pictures anew for another owner. Raises Refused when the old key is gone."""
    pictures = [file for page in document.pages for file in (page.full, page.thumbnail)]
    try:
        for file in (document.file, *pictures):
            hand_over(file, key_owner)
    except KeyDestroyed:
        raise Refused(
            lazy_gettext("This file can no longer be opened: the key of its owner was destroyed.")
        ) from None
