"""Bases of the Flask-Admin screens: guarded, CSRF-protected, without the traps named in docs/decisions.md."""

from __future__ import annotations

from typing import Any

from flask import Flask, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_admin import Admin, AdminIndexView, BaseView
from flask_login import current_user

from app.kernel.access import Requirement
from app.kernel.errors import NotPermitted


class Guarded:
    """Mixin: the screen's permission, and no way around it. The request guard has already refused others."""

    permission: Requirement = None

    def is_accessible(self) -> bool:
        """Hide the screen from whoever may not open it."""
        return current_user.is_authenticated and (
            self.permission in current_user.permissions or self.permission == "signed-in"
        )

    def inaccessible_callback(self, name: str, **kwargs: Any) -> ResponseReturnValue:
        """Refuse a signed-in person, send the anonymous to the sign-in."""
        if current_user.is_authenticated:
            raise NotPermitted
        return redirect(url_for("security.login"))


class DeskView(Guarded, BaseView):
    """A screen of the desk. Set `permission`; a method may state its own with @permit."""

    def is_accessible(self) -> bool:
        """The request guard decides for each method; here only anonymous people are kept out."""
        return bool(current_user.is_authenticated)


class DeskIndexView(Guarded, AdminIndexView):
    """The first screen."""


def register(app: Flask, admin: Admin, *views: BaseView) -> None:
    """Add screens and remember them by blueprint, so that the guard can find their permission."""
    for view in views:
        admin.add_view(view)
        app.extensions["desk_admin_views"][view.endpoint] = view
