"""Where the workbench's forms come back to, and the page shown again with what was typed."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.desk.bench import Typed, page
from app.desk.bench_forms import document_id
from app.desk.timeline import FIRST, MOST
from app.dossiers.models import Dossier
from app.kernel.access import current_actor


def chosen_document() -> int | None:
    """The document that the address names, or None; NotFound for what cannot be an id."""
    text = request.args.get("document", "")
    return document_id(text) if text else None


def lines() -> int:
    """How many lines of the timeline the address asks for."""
    text = request.args.get("lines", "")
    return min(int(text), MOST) if text.isascii() and text.isdigit() and 0 < len(text) < 6 else FIRST


def back(dossier: Dossier, document: int | None = None) -> ResponseReturnValue:
    """To the same dossier, at this document or the one that was looked at."""
    return redirect(
        url_for("workbench.show", reference=dossier.reference, document=document or chosen_document())
    )


def shown_again(
    dossier: Dossier, typed: Typed, *, problem: object | None = None, status: int = 200
) -> ResponseReturnValue:
    """The page once more with what was typed; a `problem` stands above it."""
    if problem is not None:
        flash(str(problem), "error")
    context = page(dossier, actor=current_actor(), chosen=chosen_document(), typed=typed)
    return render_template("dossiers/workbench.html", **context), status
