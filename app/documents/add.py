"""Add a file to a dossier."""

from __future__ import annotations

from flask_babel import lazy_gettext

from app.audit.record import record
from app.documents.filenames import safe_filename
from app.documents.guess import guess_kind
from app.documents.holder import lock_holder
from app.documents.jobs import render_document
from app.documents.kinds import DocumentKind
from app.documents.models import Document
from app.documents.rendering.media_types import UNKNOWN
from app.documents.rendering.media_types import media_type as by_content
from app.kernel import events
from app.kernel.actors import Actor
from app.kernel.database import db, use_case
from app.kernel.errors import InvalidInput
from app.kernel.permissions import Permission
from app.vault.keep import keep

MOST_BYTES = 25 * 1024 * 1024


@use_case
def add_document(
    dossier_id: int,
    *,
    content: bytes,
    filename: str,
    media_type: str,
    source: str,
    message_id: int | None = None,
    actor: Actor,
    kind: str | None = None,
) -> Document:
    """Store a file in the vault for the dossier's person and have its pages drawn. Emits document.added.

    `source` is mail or a key of labels.CHANNELS; without a `kind` the file's name is asked. The media type is the
    content's own where it is one we draw.
    Raises InvalidInput for an empty file or one over 25 MB, NotFound without such a dossier.
    """
    actor.must(Permission.DOSSIERS_REVIEW)
    _refuse_unfit(content)
    key_owner = lock_holder(dossier_id)
    found = by_content(content)
    media_type = media_type.lower() if found == UNKNOWN else found
    filename = safe_filename(filename, media_type)
    chosen, why = _kind(kind, filename, media_type)
    document = Document(
        dossier_id=dossier_id,
        kind=chosen,
        kind_reason=why,
        filename=filename,
        media_type=media_type[:100],
        source=source,
        file_id=keep(key_owner, content).id,
        message_id=message_id,
        added_by_id=actor.id,
    )
    db.session.add(document)
    record("document.add", actor=actor, subject=document, dossier_id=dossier_id, details={"kind": chosen})
    render_document.defer(document_id=document.id)
    events.emit("document.added", dossier_id=dossier_id, document_id=document.id)
    return document


def _refuse_unfit(content: bytes) -> None:
    if not content:
        raise InvalidInput(lazy_gettext("The file is empty. Please choose another one."))
    if len(content) > MOST_BYTES:
        raise InvalidInput(lazy_gettext("The file is larger than 25 MB. Please add a smaller one."))


def _kind(kind: str | None, filename: str, media_type: str) -> tuple[DocumentKind, str]:
    """The kind and what told so: a person, words of the file's name, or nothing ("")."""
    if kind is None:
        return guess_kind(filename, media_type)
    if kind not in list(DocumentKind):
        raise InvalidInput
    return DocumentKind(kind), "chosen"
