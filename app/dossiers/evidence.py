"""What happens to a dossier when its evidence changes: a pending approval is void, and a complete one moves on."""

from __future__ import annotations

from app.documents.models import Document
from app.dossiers import lifecycle
from app.dossiers.makers import add_maker
from app.dossiers.models import Dossier
from app.dossiers.progress import progress
from app.kernel.actors import SYSTEM, Actor
from app.kernel.database import fetch, lock, use_case
from app.kernel.errors import Stale
from app.staff.models import StaffMember


def touch(dossier: Dossier, *, actor: Actor) -> None:
    """Call this, with the dossier locked, before its evidence changes: what awaits approval goes back to review."""
    if dossier.status == lifecycle.AWAITING_APPROVAL:
        lifecycle.change(dossier.id, "change_evidence", actor=actor)


@use_case
def document_added(*, dossier_id: int, document_id: int) -> None:
    """Handler: a file came in. Mail to an expired dossier opens it again."""
    dossier = lock(Dossier, dossier_id)
    if dossier.status == lifecycle.MERGED:
        # Merged while the file was on its way here; done again, it goes to the dossier that was kept.
        raise Stale
    actor = _who(fetch(Document, document_id).added_by_id)
    if dossier.status == lifecycle.EXPIRED:
        lifecycle.change(dossier_id, "reopen", actor=SYSTEM)
    add_maker(dossier_id, actor=actor, part="editor")
    touch(dossier, actor=actor)
    progress(dossier_id)


@use_case
def document_rendered(*, dossier_id: int, document_id: int) -> None:
    """Handler: the pictures, and what was noticed while they were made, are evidence too."""
    touch(lock(Dossier, dossier_id), actor=SYSTEM)


def _who(staff_id: int | None) -> Actor:
    if staff_id is None:
        return SYSTEM
    return Actor("staff", staff_id, fetch(StaffMember, staff_id).permissions)
