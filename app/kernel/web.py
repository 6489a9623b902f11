"""What every answer carries: strict headers, a nonce, no caching of personal data, readable refusals, no 500 with details."""

from __future__ import annotations

import secrets
import traceback
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, current_app, flash, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from app.kernel.database import db
from app.kernel.errors import DeskError, InvalidInput, NotFound
from app.kernel.paths import RowId, own_path

csrf = CSRFProtect()
log = structlog.get_logger("desk")


def init_app(app: Flask) -> None:
    """Headers, CSRF on every POST, error pages, template globals."""
    csrf.init_app(app)
    app.url_map.converters["row"] = RowId
    app.before_request(_refuse_nul)
    app.after_request(_headers)
    app.register_error_handler(DeskError, _refusal)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)
    app.jinja_env.globals.update(csp_nonce=csp_nonce, csrf_token_field=csrf_token_field, this_page=this_page)


def csp_nonce() -> str:
    """The nonce of this answer; scripts without it do not run."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def csrf_token_field() -> Markup:
    """The hidden field every form carries."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def _refuse_nul() -> None:
    """No text of PostgreSQL holds a NUL: it would be the database's error wherever it arrives."""
    if request.endpoint is None:
        return
    if "\0" in request.path:
        raise NotFound
    sent = [
        value for form in (request.args, request.form) for _name, values in form.lists() for value in values
    ]
    sent += [f"{file.filename}{file.content_type}" for _name, file in request.files.items(multi=True)]
    if any("\0" in value for value in sent):
        raise InvalidInput


def _headers(response: Response) -> Response:
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; frame-src 'self'; "
        "img-src 'self' data: blob:; font-src 'self'; style-src 'self'; connect-src 'self'; "
        f"script-src 'nonce-{csp_nonce()}'; worker-src 'self'",
    )
    response.headers.setdefault(
        "Referrer-Policy", "same-origin" if request.path.startswith("/desk") else "no-referrer"
    )
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(self), microphone=(self), geolocation=()")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint != "static" and not (request.endpoint or "").endswith(".static"):
        response.headers["Cache-Control"] = "no-store"
    return response


def wants_json() -> bool:
    """Tell whether the caller is a script of ours that reads JSON."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def refusal_page(status: int, message: object) -> ResponseReturnValue:
    """The page, or the JSON, that says in a sentence what is wrong and what to do."""
    if wants_json():
        return jsonify(message=str(message)), status
    back_url, back_label = _way_on()
    page = render_template(
        "errors/refusal.html",
        status=status,
        message=message,
        back_url=back_url,
        back_label=back_label,
        at_the_desk=_at_the_desk(status),
    )
    return page, status


def _at_the_desk(status: int) -> bool:
    """Whether the staff's frame can be shown around a refusal: its counts need the database, which may be what failed."""
    return status < 500 and request.path.startswith("/desk") and bool(current_user.is_authenticated)


def _way_on() -> tuple[str | None, str | None]:
    """Where one goes on from a refusal: the page that held the form, as it is now; staff else to their home."""
    if not request.path.startswith("/desk"):
        again = request.method != "GET" and this_page() == request.path
        return (request.path, _("Back to the page, as it is now")) if again else (None, None)
    before = page_before()
    if before.partition("?")[0] in ("", request.path):
        return "/desk/", _("Home")
    return before, _("Back to the page, as it is now")


def page_before() -> str:
    """The page of ours that holds the link or form just used, if the browser tells, else nothing."""
    address = urlsplit(request.referrer or "")
    path = own_path(address.path) if address.netloc == request.host else ""
    return f"{path}?{address.query}" if path and address.query else path


def this_page() -> str:
    """Where this page can be had again: a form that is shown again may stand at an address that only takes forms."""
    adapter = current_app.create_url_adapter(request)
    if request.method == "GET" or (adapter and "GET" in adapter.allowed_methods()):
        return request.path
    return page_before() or "/"


def _refusal(error: DeskError) -> ResponseReturnValue:
    db.session.rollback()
    return refusal_page(error.status, error.message)


def _forged(error: CSRFError) -> ResponseReturnValue:
    return refusal_page(
        400,
        _(
            "This form was open too long or did not come from this page, so nothing was changed. "
            "Go back, reload the page and send it again."
        ),
    )


def _http_error(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error
    sentences = {
        400: _("The request could not be understood."),
        403: _("Your role does not allow this."),
        404: _("There is nothing here. The address may be wrong or the thing may have moved."),
        405: _("This address does not work that way. Go back and use the button on the page."),
        413: _("That is too large. Please send a smaller file."),
        429: _("Too many attempts. Please wait a while and try again."),
    }
    return refusal_page(error.code, sentences.get(error.code, _("This cannot be done.")))


def _unexpected(error: Exception) -> ResponseReturnValue:
    """Log the kind and the place of the error, never its text: it may quote what a person sent."""
    db.session.rollback()
    log_error("unexpected", error, endpoint=request.endpoint)
    return refusal_page(
        500, _("Something went wrong on our side. Nothing was changed. Please try again in a moment.")
    )


def log_error(event: str, error: BaseException, **ids: object) -> None:
    """Log an exception by its type and the places in our code it came through, without its text."""
    places = [
        f"{frame.filename.rsplit('/app/', 1)[-1]}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if "/site-packages/" not in frame.filename
    ]
    log.error(event, kind=type(error).__name__, at=" < ".join(reversed(places[-6:])), **ids)


def told(sentence: str) -> None:
    """Tell the person what was done, on the next page."""
    flash(sentence, "success")
