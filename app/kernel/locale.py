"""Language and time as people see them: English and Indonesian, Jakarta time for staff."""

from __future__ import annotations

from datetime import date, datetime

from babel.dates import format_date, format_datetime
from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel, get_locale, gettext
from flask_login import current_user

from app.kernel.clock import JAKARTA, now

LANGUAGES = ("en", "id")
babel = Babel()


def N_(english: str) -> str:  # noqa: N802 - the name by which Babel finds strings that are translated later
    """The string as it is."""
    return english


def init_app(app: Flask) -> None:
    """Choose the language a request: the session's choice, the staff member's, the browser's."""
    babel.init_app(
        app,
        locale_selector=_choose,
        default_translation_directories="translations",
        default_timezone="Asia/Jakarta",
    )
    app.jinja_env.filters.update(age=age, moment=moment, day=day)


def _choose() -> str:
    if not has_request_context():
        return str(g.get("letter_locale", "en"))
    chosen = session.get("language")
    if chosen in LANGUAGES:
        return str(chosen)
    if current_user and current_user.is_authenticated:
        return str(current_user.locale)
    return request.accept_languages.best_match(LANGUAGES) or "en"


def language() -> str:
    """The language of this request, en or id."""
    return str(get_locale() or "en")[:2]


def age(since: datetime | None) -> str:
    """How long ago, short: 40 s, 12 min, 3 h, 2 d."""
    if since is None:
        return ""
    seconds = max(0, int((now() - since).total_seconds()))
    if seconds < 60:
        return gettext("%(n)s s", n=seconds)
    if seconds < 3600:
        return gettext("%(n)s min", n=seconds // 60)
    if seconds < 86400:
        return gettext("%(n)s h", n=seconds // 3600)
    return gettext("%(n)s d", n=seconds // 86400)


def moment(at: datetime | None) -> str:
    """A time in Jakarta, such as 'today 14:05' or '23 Nov 2026 14:05'."""
    if at is None:
        return ""
    local = at.astimezone(JAKARTA)
    if local.date() == now().astimezone(JAKARTA).date():
        return gettext("today %(time)s", time=local.strftime("%H:%M"))
    return format_datetime(local, "d MMM y HH:mm", locale=language())


def long_moment(local: datetime, locale: str) -> str:
    """A local time in full for letters, such as Tuesday, 24 November 2026 at 14:00 (Asia/Jakarta)."""
    written = format_datetime(local, "EEEE, d MMMM y HH:mm", locale=locale)
    return f"{written} ({local.tzinfo})"


def day(on: date | datetime | None) -> str:
    """A date such as 15 Apr 2027; of a moment, the date in Jakarta."""
    if on is None:
        return ""
    if isinstance(on, datetime):
        on = on.astimezone(JAKARTA).date()
    return format_date(on, "d MMM y", locale=language())
