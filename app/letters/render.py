"""A letter's words from its templates, in the reader's language whatever the writer's is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import force_locale, gettext
from jinja2 import Template, TemplateNotFound

from app.kernel.forms import CONTROL
from app.kernel.locale import LANGUAGES
from app.letters.markup import as_html
from app.letters.paths import LINK_PLACEHOLDER

SUBJECT = "Subject:"
LONGEST_SUBJECT = 200


@dataclass(frozen=True, kw_only=True)
class Words:
    """What a letter says: `subject` is one line, `html` says the same as `text`."""

    subject: str
    text: str
    html: str


def render(template: str, *, locale: str, context: Mapping[str, Any]) -> Words:
    """Render `templates/letters/<template>.<locale>.txt`, whose first line is the subject; its HTML is made from the text.

    `template` is like 'dossiers/received'. Raises TemplateNotFound for a letter that does not exist.
    """
    language = locale if locale in LANGUAGES else "en"
    settings = current_app.extensions["desk_settings"]
    values = {
        "link": LINK_PLACEHOLDER,
        "locale": language,
        "public_url": settings.public_url,
        "support_address": settings.support_address,
        **context,
    }
    with force_locale(language):
        subject, text = _text(f"letters/{template}.{language}.txt", values)
        content = as_html(text, button=gettext("Open your page"))
        page = current_app.jinja_env.get_template("letters/base.html").render(
            **values, subject_line=subject, content=content
        )
        return Words(subject=subject, text=text, html=page)


def _text(name: str, values: Mapping[str, Any]) -> tuple[str, str]:
    """Subject and text. They are rendered apart, so that no value can end the subject's line."""
    subject, rest = _templates(name)
    return one_line(subject.render(values)), rest.render(values).strip() + "\n"


def _templates(name: str) -> tuple[Template, Template]:
    """The two templates of a letter, compiled once in the life of the application."""
    known = current_app.extensions.setdefault("desk_letter_templates", {})
    if name not in known or not known[name][0]():
        known[name] = _compiled(name)
    return known[name][1:]


def _compiled(name: str) -> tuple[Callable[[], bool], Template, Template]:
    """What tells whether the file is still the same, the subject, the text."""
    # Flask escapes for HTML whatever has no file name; in a plain text O'Sullivan stays O'Sullivan.
    environment = current_app.jinja_env.overlay(autoescape=False)
    if environment.loader is None:
        raise TemplateNotFound(name)
    source, _file, fresh = environment.loader.get_source(environment, name)
    first, _newline, rest = source.partition("\n")
    if not first.startswith(SUBJECT):
        raise ValueError(f"{name} does not begin with '{SUBJECT}'.")
    subject = environment.from_string(first.removeprefix(SUBJECT))
    return fresh or (lambda: True), subject, environment.from_string(rest)


def one_line(text: str) -> str:
    """Text as a header may hold it: one line without control characters, not longer than a subject is read."""
    return CONTROL.sub("", " ".join(text.split()))[:LONGEST_SUBJECT]
