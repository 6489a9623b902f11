"""The HTML form of a letter, made from its text: one source of words, so the two never say different things.

What a text may hold: paragraphs between empty lines, lists ("  - …"), indented lines that stand out, quoted lines ("> …"),
addresses of pages. Everything else is shown as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from markupsafe import Markup, escape

from app.letters.paths import LINK_PLACEHOLDER

_ADDRESS = re.compile(rf"(https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]|{re.escape(LINK_PLACEHOLDER)})")
_BUTTON = Markup(
    '<p style="margin:20px 0"><a href="{}" style="display:inline-block;padding:11px 20px;border-radius:8px;'
    'background:#0b6e75;color:#fff;font-weight:600;text-decoration:none">{}</a></p>'
)
_OUT = Markup('<p style="margin:16px 0;padding:2px 0 2px 14px;border-left:3px solid #0b6e75">{}</p>')
_QUOTED = Markup(
    '<blockquote style="margin:0;padding-left:12px;border-left:2px solid #dde3e9;color:#5a6875">{}</blockquote>'
)


def as_html(text: str, *, button: str) -> Markup:
    """The text as the inside of a page; `button` names the personal link, whose address nobody has to read."""
    blocks = re.split(r"\n\s*\n", text.strip("\n"))
    return Markup("\n").join(piece for block in blocks for piece in _pieces(block, button))


def _pieces(block: str, button: str) -> Iterator[Markup]:
    for kind, lines in groupby(block.split("\n"), key=_kind):
        said = list(lines)
        if kind == "list":
            items = (Markup("<li>{}</li>").format(_linked(line.strip()[2:])) for line in said)
            yield Markup("<ul>{}</ul>").format(Markup("").join(items))
        elif kind == "quoted":
            yield _QUOTED.format(_lines(line.removeprefix(">").strip() for line in said))
        elif kind == "out" and [line.strip() for line in said] == [LINK_PLACEHOLDER]:
            yield _BUTTON.format(LINK_PLACEHOLDER, button)
        else:
            yield (_OUT if kind == "out" else Markup("<p>{}</p>")).format(
                _lines(line.strip() for line in said)
            )


def _kind(line: str) -> str:
    if line.startswith("  - "):
        return "list"
    if line.startswith(">"):
        return "quoted"
    return "out" if line.startswith("    ") else "plain"


def _lines(lines: Iterator[str]) -> Markup:
    return Markup("<br>\n").join(_linked(line) for line in lines)


def _linked(line: str) -> Markup:
    """The line with its addresses of pages as links; every other letter is escaped."""
    # Split at a group: what is between the addresses, and at odd places the addresses.
    parts = _ADDRESS.split(line)
    return Markup("").join(
        Markup('<a href="{0}">{0}</a>').format(part) if place % 2 else escape(part)
        for place, part in enumerate(parts)
    )
