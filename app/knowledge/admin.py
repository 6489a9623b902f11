"""Macros as agents and supervisors keep them."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _

from app.kernel.access import current_actor, may, permit
from app.kernel.back_office import DeskView
from app.kernel.database import fetch
from app.kernel.errors import InvalidInput, Refused
from app.kernel.permissions import Permission
from app.kernel.web import told
from app.knowledge import find, lifecycle
from app.knowledge.edit import LONGEST, LONGEST_TITLE, Words, edit_macro, write_macro
from app.knowledge.models import Macro
from app.knowledge.placeholders import KNOWN

_ID = "int(max=9223372036854775807)"
Row = dict[str, Any]


class MacrosView(DeskView):
    """/desk/macros"""

    permission = Permission.CONVERSATIONS_READ

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Every macro."""
        edits = may(Permission.MACROS_EDIT)
        return render_template(
            "knowledge/macros.html",
            rows=[_row(macro, edits) for macro in find.every_macro()],
            new_url=url_for("macros.new") if edits else None,
        )

    @expose("/new", methods=["GET", "POST"])
    @permit(Permission.MACROS_EDIT)
    def new(self) -> ResponseReturnValue:
        """Write one; what was typed stays when it is refused."""
        if request.method == "GET":
            return _form(None, Words(title="", text_en="", text_id=""))
        words = _typed()
        try:
            write_macro(words, actor=current_actor())
        except (InvalidInput, Refused) as refusal:
            return _form(None, words, problem=refusal)
        told(_("The macro is kept."))
        return redirect(url_for("macros.index"))

    @expose(f"/<{_ID}:macro_id>", methods=["GET", "POST"])
    @permit(Permission.MACROS_EDIT)
    def edit(self, macro_id: int) -> ResponseReturnValue:
        """Change one; what was typed stays when it is refused."""
        macro = fetch(Macro, macro_id)
        if request.method == "GET":
            return _form(macro, Words(title=macro.title, text_en=macro.text_en, text_id=macro.text_id))
        words = _typed()
        try:
            edit_macro(macro.id, words, seen=_seen(), actor=current_actor())
        except (InvalidInput, Refused) as refusal:
            return _form(macro, words, problem=refusal)
        told(_("The macro is kept."))
        return redirect(url_for("macros.index"))

    @expose(f"/<{_ID}:macro_id>/retire", methods=["POST"])
    @permit(Permission.MACROS_EDIT)
    def retire(self, macro_id: int) -> ResponseReturnValue:
        """Offer it no more."""
        lifecycle.retire(fetch(Macro, macro_id), actor=current_actor())
        told(_("The macro is put away."))
        return redirect(url_for("macros.index"))

    @expose(f"/<{_ID}:macro_id>/back", methods=["POST"])
    @permit(Permission.MACROS_EDIT)
    def bring_back(self, macro_id: int) -> ResponseReturnValue:
        """Offer it again."""
        lifecycle.bring_back(fetch(Macro, macro_id), actor=current_actor())
        told(_("The macro is in use again."))
        return redirect(url_for("macros.index"))


def _typed() -> Words:
    return Words(**{name: request.form.get(name, "") for name in ("title", "text_en", "text_id")})


def _seen() -> int:
    text = request.form.get("seen", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidInput
    return int(text)


def _form(
    macro: Macro | None, words: Words, *, problem: InvalidInput | Refused | None = None
) -> ResponseReturnValue:
    page = render_template(
        "knowledge/macro.html",
        macro=macro and {"title": macro.title, "version": macro.version},
        post_url=url_for("macros.edit", macro_id=macro.id) if macro else url_for("macros.new"),
        values=vars(words),
        problem=problem.message if problem else None,
        placeholders=[{"name": name, "label": label} for name, label in KNOWN.items()],
        longest=LONGEST,
        longest_title=LONGEST_TITLE,
    )
    return page, problem.status if problem else 200


def _row(macro: Macro, edits: bool) -> Row:
    active = macro.status == lifecycle.ACTIVE
    change = url_for("macros.retire" if active else "macros.bring_back", macro_id=macro.id)
    return {
        "title": macro.title,
        "begins": " ".join(macro.text_en.split())[:160],
        "state_label": lifecycle.LABELS[macro.status],
        "tone": lifecycle.TONES[macro.status],
        "uses": macro.uses,
        "edited_at": macro.edited_at,
        "edit_url": url_for("macros.edit", macro_id=macro.id) if edits else None,
        "change_url": change if edits else None,
        "change_label": _("Put away") if active else _("Use again"),
    }
