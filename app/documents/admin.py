"""Page pictures. Only what the confined renderer drew is ever served; an original has no address."""

from __future__ import annotations

from flask import Response
from flask_admin import expose
from sqlalchemy import select

from app.documents.models import Document, DocumentPage
from app.kernel.back_office import DeskView
from app.kernel.database import db
from app.kernel.errors import NotFound
from app.kernel.permissions import Permission
from app.vault.keep import read
from app.vault.models import StoredFile

# Ids beyond PostgreSQL's bigint would be an error of the database instead of a page that does not exist.


class DocumentPicturesView(DeskView):
    """Pictures of pages, for the viewer of the workbench."""

    permission = Permission.DOCUMENTS_SEE

    @expose("/")
    def index(self) -> Response:
        """Documents are listed on their dossier's screen only."""
        raise NotFound

    @expose("/<row:document_id>/pages/<row:number>")
    def page(self, document_id: int, number: int) -> Response:
        """One page, large."""
        return _picture(_page(document_id, number).full)

    @expose("/<row:document_id>/thumbnails/<row:number>")
    def thumbnail(self, document_id: int, number: int) -> Response:
        """One page, small."""
        return _picture(_page(document_id, number).thumbnail)


def page_url(document: Document, number: int) -> str:
    """Where a page's picture is served."""
    return f"/desk/documents/{document.id}/pages/{number}"


def thumbnail_url(document: Document) -> str | None:
    """Where the small picture of the first page is served, or None without pictures."""
    return f"/desk/documents/{document.id}/thumbnails/1" if document.pictures == "ready" else None


def _page(document_id: int, number: int) -> DocumentPage:
    wanted = select(DocumentPage).filter_by(document_id=document_id, number=number)
    page = db.session.execute(wanted).scalar_one_or_none()
    if page is None:
        raise NotFound
    return page


def _picture(file: StoredFile) -> Response:
    db.session.expunge(file)
    # No connection is held while the file is read and sent.
    db.session.rollback()
    answer = Response(read(file), mimetype="image/jpeg")
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "no-store"
    return answer
