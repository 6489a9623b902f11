"""Refuse by default: every route states its permission or that it is public; the others answer 403."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from app.kernel.actors import Actor
from app.kernel.errors import NotPermitted
from app.kernel.permissions import Permission
from app.kernel.web import page_before

F = TypeVar("F", bound=Callable[..., Any])
PUBLIC = "public"
SIGNED_IN = "signed-in"
Requirement = Permission | str | None
# Octets of a request by somebody who has not signed in: a certificate request is the largest thing they send.
MOST_FROM_STRANGERS = 256 * 1024
READING = ("GET", "HEAD", "OPTIONS")


def permit(permission: Permission) -> Callable[[F], F]:
    """State that a view needs this permission."""

    def mark(view: F) -> F:
        view.__permission__ = permission  # type: ignore[attr-defined]  # a mark on the function, read by the guard
        return view

    return mark


def public(view: F) -> F:
    """State that a view is for anyone."""
    view.__permission__ = PUBLIC  # type: ignore[attr-defined]  # a mark on the function, read by the guard
    return view


def signed_in(view: F) -> F:
    """State that a view is for every signed-in staff member, whatever the role."""
    view.__permission__ = SIGNED_IN  # type: ignore[attr-defined]  # a mark on the function, read by the guard
    return view


def requirement(app: Flask, endpoint: str) -> Requirement:
    """What an endpoint needs: a Permission, PUBLIC, SIGNED_IN, or None when nothing is stated (refused)."""
    stated: dict[str, Requirement] = app.extensions["desk_requirements"]
    if endpoint in stated:
        return stated[endpoint]
    view = app.view_functions.get(endpoint)
    mark = getattr(view, "__permission__", None)
    if mark is not None:
        return mark
    admin_view = app.extensions["desk_admin_views"].get(endpoint.rpartition(".")[0])
    if admin_view is None:
        return None
    method = getattr(type(admin_view), endpoint.rpartition(".")[2], None)
    return getattr(method, "__permission__", None) or getattr(admin_view, "permission", None)


def state(app: Flask, requirement: Requirement, *endpoints: str) -> None:
    """State what foreign endpoints (a library's blueprint) need."""
    app.extensions["desk_requirements"].update(dict.fromkeys(endpoints, requirement))


def init_app(app: Flask) -> None:
    """Put the guard before every request."""
    app.extensions["desk_requirements"] = {"static": PUBLIC}
    app.extensions["desk_admin_views"] = {}
    app.before_request(_guard)


def _guard() -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None
    need = requirement(current_app, request.endpoint)
    if request.method not in READING and not current_user.is_authenticated:
        # Only staff upload papers; anybody else could fill the disk, many requests at a time. Who reads sends nothing,
        # and a picture or a style sheet is not worth a look at the database.
        request.max_content_length = MOST_FROM_STRANGERS
    if need == PUBLIC:
        return None
    if not current_user.is_authenticated:
        return _sign_in_first()
    if need == SIGNED_IN or (need is not None and need in current_user.permissions):
        return None
    raise NotPermitted


def _sign_in_first() -> ResponseReturnValue:
    """The sign-in leads on to what was to be read, or back to the page whose form came too late."""
    if request.method == "GET":
        return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
    flash(_("You were signed out in the meantime, so nothing was done. Sign in and do it again."), "error")
    return redirect(url_for("security.login", next=page_before() or None))


def may(permission: Permission) -> bool:
    """Tell whether the signed-in person holds a permission; for templates that hide what would be refused."""
    return bool(current_user.is_authenticated and permission in current_user.permissions)


def current_actor() -> Actor:
    """The signed-in staff member as the actor of a verb."""
    if not current_user.is_authenticated:
        raise NotPermitted
    return Actor("staff", current_user.id, current_user.permissions)
