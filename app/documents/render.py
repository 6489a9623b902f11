"""Draw the pages of a document: the only form in which its content is ever shown."""

from __future__ import annotations

import atexit
import threading

from app.audit.record import record
from app.documents.holder import lock_holder
from app.documents.models import Document, DocumentPage, Finding
from app.documents.rendering.renderer import Page, Renderer, Rendering
from app.kernel import events
from app.kernel.actors import SYSTEM
from app.kernel.database import db, fetch, lock, use_case
from app.kernel.errors import Stale
from app.vault.keep import keep, read

PENDING, READY, NONE = "pending", "ready", "none"
# What takes nothing away from the pages that are there; everything else that left no page makes the file unusable.
_MILD = {"too_many_pages"}


class _Warm:
    """The one renderer of this process: its confined child takes half a second to start, so it is kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._renderer: Renderer | None = None

    def get(self) -> Renderer:
        with self._lock:
            if self._renderer is None:
                self._renderer = Renderer()
                atexit.register(self._renderer.close)
            return self._renderer


_warm = _Warm()


def render(document_id: int) -> None:
    """Draw a document that has no pictures yet: after a kill it starts over, done twice it changes nothing."""
    document = fetch(Document, document_id)
    file, pending = document.file, document.pictures == PENDING
    # The row is taken out of the session and the transaction ended: drawing may take seconds, and no connection waits.
    db.session.expunge(file)
    db.session.rollback()
    if not pending:
        return
    rendering = _warm.get().render(read(file))
    try:
        keep_pictures(document_id, rendering)
    except Stale:
        # Moved to another dossier at that very moment: its pictures belong to that one's person.
        keep_pictures(document_id, rendering)


@use_case
def keep_pictures(document_id: int, rendering: Rendering) -> None:
    """Store what was drawn, with its findings. Emits document.rendered. A document drawn meanwhile is left alone.

    Raises Stale when it has been moved to another dossier just now.
    """
    # The dossier's row first, as everybody does who changes its documents; the other order could deadlock.
    dossier_id = fetch(Document, document_id).dossier_id
    key_owner = lock_holder(dossier_id)
    document = lock(Document, document_id)
    if document.dossier_id != dossier_id:
        raise Stale
    if document.pictures != PENDING:
        return
    for number, page in enumerate(rendering.pages, start=1):
        db.session.add(_page(document_id, number, page, key_owner))
    for found in rendering.findings:
        severity = _severity(found.code, drawn=bool(rendering.pages))
        db.session.add(Finding(document_id=document.id, code=found.code, severity=severity))
    document.pictures = READY if rendering.pages else NONE
    details = {"pages": len(rendering.pages), "findings": [found.code for found in rendering.findings]}
    record("document.render", actor=SYSTEM, subject=document, dossier_id=document.dossier_id, details=details)
    events.emit("document.rendered", dossier_id=document.dossier_id, document_id=document.id)


def _page(document_id: int, number: int, page: Page, key_owner: str) -> DocumentPage:
    return DocumentPage(
        document_id=document_id,
        number=number,
        width=page.width,
        height=page.height,
        full_id=keep(key_owner, page.full).id,
        thumbnail_id=keep(key_owner, page.thumbnail).id,
    )


def _severity(code: str, *, drawn: bool) -> str:
    if code in _MILD:
        return "info"
    return "warn" if drawn else "block"
