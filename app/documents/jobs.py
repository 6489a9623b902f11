"""Jobs."""

from __future__ import annotations

from app.kernel.jobs import job


@job("documents.render")
def render_document(document_id: int) -> None:
    """Draw the pages of a document."""
    from app.documents.render import render

    render(document_id)
