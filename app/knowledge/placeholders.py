"""Placeholders of macros, written {{name}}: which there are, and how they are filled.

A value is put in as plain text and never looked at again, so that nobody's name can bring a placeholder of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext

from app.kernel.errors import InvalidInput
from app.kernel.forms import CONTROL

KNOWN: dict[str, Any] = {
    "first_name": lazy_gettext("the person's first name"),
    "name": lazy_gettext("the person's whole name"),
    "dossier": lazy_gettext("the dossier's reference"),
    "missing": lazy_gettext("what is still missing, one thing a line"),
    "conversation": lazy_gettext("the conversation's reference"),
    "my_name": lazy_gettext("your own name"),
    "support_address": lazy_gettext("the support mailbox"),
    "activation_sender": lazy_gettext("the address that activation letters come from"),
    "resend_page": lazy_gettext("the page that sends the activation link again"),
}
PLACEHOLDER = re.compile(r"\{\{\s*([a-z_]{1,40})\s*\}\}")
_LONGEST = 2000


def check(text: str) -> None:
    """Raise InvalidInput for a placeholder that nobody could fill, or for braces that are none."""
    unknown = sorted({name for name in PLACEHOLDER.findall(text) if name not in KNOWN})
    if unknown:
        raise InvalidInput(
            lazy_gettext(
                "There is no placeholder {{%(name)s}}. See the list beside the text.", name=unknown[0]
            )
        )
    left = PLACEHOLDER.sub("", text)
    if "{{" in left or "}}" in left:
        raise InvalidInput(
            lazy_gettext("A placeholder is written like {{first_name}}: two braces on each side.")
        )


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders filled; one without a value stays as it is, and the answer cannot leave with it."""
    return PLACEHOLDER.sub(lambda found: _plain(values.get(found[1], "")) or found[0], text)


def _plain(value: str) -> str:
    """A value as plain text. Braces in somebody's name would otherwise hold the letter back."""
    return CONTROL.sub("", value).replace("{{", "{ {").replace("}}", "} }").strip()[:_LONGEST]
