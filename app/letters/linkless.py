"""A letter without anything that a mail program makes a link of."""

from __future__ import annotations

import re
from dataclasses import replace

from app.letters.addresses import is_ours
from app.letters.paths import LINK_PLACEHOLDER
from app.letters.render import Words

LEFT_OUT = "…"
_TAG = re.compile(r"(<[^>]*>)")
_LINK_TAG = re.compile(r"</?a\b", re.IGNORECASE)
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}:/\S*|\bwww\.\S+", re.IGNORECASE)
# What nobody sees between letters, and the vowels of scripts that write them as marks: no letters to Python.
_UNSEEN = "\u00ad\u200b-\u200f\u2060\ufeff"
_MARKS = f"{_UNSEEN}\u0300-\u036f\u064b-\u065f\u0900-\u0dff\u0e31-\u0e4e\u0eb1-\u0ecd"
# A host's name, with what stands before an @ and behind a slash: mail programs guess at these too.
_HOST = re.compile(
    rf"(?:[^\s<>@,;:()\"“”]+@)?\b(?:[\w{_MARKS}-]+[.。．｡․][{_UNSEEN}]*)+"
    rf"(?P<last>xn--[\w-]+|[^\W\d_](?:[^\W\d_]|[{_MARKS}]){{1,23}})(?!\w)(?:[:/]\S*)?"
)
# Names of files look like hosts; none of these ends one.
_FILE = re.compile(
    r"bmp|csv|docx?|eml|gif|hei[cf]|ics|jpe?g|odt|pdf|png|rtf|tiff?|txt|webp|xlsx?", re.IGNORECASE
)


def linkless(words: Words) -> Words:
    """The words without addresses of the web, strangers' e-mail addresses, and the placeholder of a personal link."""
    html = words.html
    return replace(
        words,
        subject=_without_links(words.subject),
        text=_without_links(words.text),
        html=html and "".join(_html_piece(piece) for piece in _TAG.split(html)),
    )


def _html_piece(piece: str) -> str:
    if piece.startswith("<"):
        return "" if _LINK_TAG.match(piece) else piece
    return _without_links(piece)


def _without_links(text: str) -> str:
    return _HOST.sub(_kept, _ADDRESS.sub(LEFT_OUT, text.replace(LINK_PLACEHOLDER, LEFT_OUT)))


def _kept(found: re.Match[str]) -> str:
    """Our own address, or a file's name; else what stands for something left out."""
    whole = found[0]
    file = _FILE.fullmatch(found["last"]) and not set(whole) & set("@/:")
    return whole if file or is_ours(whole.rstrip(".")) else LEFT_OUT
