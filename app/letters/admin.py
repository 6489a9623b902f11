"""The letters: newest first, with what became of them."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from sqlalchemy import select

from app.kernel.access import current_actor, may, permit
from app.kernel.back_office import DeskView
from app.kernel.database import Model, db, fetch
from app.kernel.errors import NotFound
from app.kernel.locale import age, moment
from app.kernel.permissions import Permission
from app.kernel.web import page_before, told
from app.letters import lifecycle, problems
from app.letters.labels import kind_label
from app.letters.models import Letter
from app.letters.page import page
from app.letters.send_again import send_again

PAGE = 50


class LettersView(DeskView):
    """What was sent."""

    permission = Permission.LETTERS_READ

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """One page of a view, from below the id in `before`."""
        trouble = request.args.get("view") == "trouble"
        found = _letters(trouble=trouble, before=_number(request.args.get("before")))
        shown = found[:PAGE]
        older = None
        if len(found) > PAGE:
            older = url_for("letters.index", view="trouble" if trouble else None, before=shown[-1].id)
        return render_template(
            "letters/list.html",
            views=_views(trouble),
            rows=_rows(shown),
            older_url=older,
        )

    @expose("/<row:letter_id>")
    def show(self, letter_id: int) -> ResponseReturnValue:
        """One letter: what it says, and its way step by step."""
        return render_template("letters/letter.html", **page(fetch(Letter, letter_id)))

    @expose("/<row:letter_id>/again", methods=["POST"])
    @permit(Permission.CONVERSATIONS_WRITE)
    def again(self, letter_id: int) -> ResponseReturnValue:
        """Send a failed or doubtful letter again."""
        send_again(letter_id, actor=current_actor())
        told(_("The letter is being sent again."))
        return redirect(page_before() or url_for("letters.index"))


def _letters(*, trouble: bool, before: int | None) -> list[Letter]:
    """One more than a page, newest first."""
    query = select(Letter).order_by(Letter.id.desc()).limit(PAGE + 1)
    if trouble:
        query = query.where(Letter.status.in_(lifecycle.TROUBLE))
    if before is not None:
        query = query.where(Letter.id < before)
    return list(db.session.scalars(query))


def _rows(letters: list[Letter]) -> list[dict[str, Any]]:
    references = _dossiers({letter.dossier_id for letter in letters if letter.dossier_id})
    return [_row(letter, references.get(letter.dossier_id or 0)) for letter in letters]


def _row(letter: Letter, reference: str | None) -> dict[str, Any]:
    again = letter.status in lifecycle.TROUBLE and may(Permission.CONVERSATIONS_WRITE)
    return {
        "url": url_for("letters.show", letter_id=letter.id),
        "letter_label": kind_label(letter.kind),
        "to": letter.to_address,
        "subject": letter.subject,
        "state_label": lifecycle.LABELS[letter.status],
        "tone": lifecycle.TONES[letter.status],
        "age": age(letter.created_at) if letter.status == lifecycle.QUEUED else None,
        "at_label": moment(letter.sent_at or letter.created_at),
        "tries": letter.attempts,
        "error": problems.sentence(letter.problem) or None,
        "dossier": {"reference": reference, "url": f"/desk/workbench/{reference}"} if reference else None,
        "retry_url": url_for("letters.again", letter_id=letter.id) if again else None,
    }


def _dossiers(ids: set[int]) -> dict[int, str]:
    """References by id. Dossiers are a higher feature, so their table is read by its name."""
    dossier = Model.metadata.tables["dossier"]
    found = db.session.execute(select(dossier.c.id, dossier.c.reference).where(dossier.c.id.in_(ids)))
    return {row.id: row.reference for row in found}


def _views(trouble: bool) -> list[dict[str, Any]]:
    return [
        {"label": _("All"), "count": None, "url": url_for("letters.index"), "active": not trouble},
        {
            "label": _("Going wrong"),
            "count": None,
            "url": url_for("letters.index", view="trouble"),
            "active": trouble,
        },
    ]


def _number(text: str | None) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotFound
    return int(text)
