"""Add a file to a dossier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

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
from app.vault.keep import keep_all

MOST_BYTES = 25 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class File:
    """A file to add; `media_type` as its sender claims, `kind` None when the file's name is to be asked."""

    content: bytes = field(repr=False)
    filename: str
    media_type: str
    kind: str | None = None


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
    file = File(content=content, filename=filename, media_type=media_type, kind=kind)
    return add_documents(dossier_id, [file], source=source, message_id=message_id, actor=actor)[0]


@use_case
def add_documents(
    dossier_id: int, files: Sequence[File], *, source: str, message_id: int | None = None, actor: Actor
) -> list[Document]:
    """The same for several files that came together; document.added is emitted once, with the last one's id."""
    actor.must(Permission.DOSSIERS_REVIEW)
    for file in files:
        _refuse_unfit(file.content)
    key_owner = lock_holder(dossier_id)
    origin = {"dossier_id": dossier_id, "source": source, "message_id": message_id, "added_by_id": actor.id}
    documents = [_document(file, origin) for file in files]
    for document, stored in zip(
        documents, keep_all(key_owner, [file.content for file in files]), strict=True
    ):
        document.file_id = stored.id
    db.session.add_all(documents)
    db.session.flush()
    for document in documents:
        details = {"kind": document.kind}
        record("document.add", actor=actor, subject=document, dossier_id=dossier_id, details=details)
    render_document.defer_all([{"document_id": document.id} for document in documents])
    if documents:
        events.emit("document.added", dossier_id=dossier_id, document_id=documents[-1].id)
    return documents


def _document(file: File, origin: dict[str, Any]) -> Document:
    found = by_content(file.content)
    media_type = file.media_type.lower() if found == UNKNOWN else found
    filename = safe_filename(file.filename, media_type)
    chosen, why = _kind(file.kind, filename, media_type)
    return Document(kind=chosen, kind_reason=why, filename=filename, media_type=media_type[:100], **origin)


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
