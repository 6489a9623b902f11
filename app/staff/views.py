"""What every page needs to know of the reader: language, name, role, and where to sign out."""

from __future__ import annotations

from typing import Any

from flask import Flask, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from app.kernel.access import current_actor, public
from app.kernel.errors import InvalidInput
from app.kernel.locale import LANGUAGES, language
from app.kernel.paths import own_path
from app.staff.language import choose_language
from app.staff.roles import ROLE_LABELS


@public
def switch_language() -> ResponseReturnValue:
    """Switch this session, and a staff member for good, to another language."""
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        raise InvalidInput(_("Choose one of the languages on the page."))
    session["language"] = chosen
    if current_user.is_authenticated:
        choose_language(chosen, actor=current_actor())
    return redirect(own_path(request.form.get("next"), otherwise="/desk/"))


@public
def front_door() -> ResponseReturnValue:
    """The bare address is what people type; applicants come by the links in their letters."""
    return redirect(url_for("home.index"))


def reader() -> dict[str, Any]:
    """What the frames of staff and public pages show; no database is needed for somebody not signed in."""
    known: dict[str, Any] = {"language": language()}
    if current_user and current_user.is_authenticated:
        known |= {
            "role_label": ", ".join(str(ROLE_LABELS[name]) for name in current_user.role_names),
            "sign_out_url": url_for("security.logout"),
            "password_url": url_for("security.change_password"),
        }
    return known


def init_app(app: Flask) -> None:
    """Add the addresses and the context."""
    app.add_url_rule("/", "front_door", front_door, methods=["GET"])
    app.add_url_rule("/language", "language", switch_language, methods=["POST"])
    app.context_processor(reader)
