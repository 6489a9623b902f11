"""Huge HTML made shallow before it is cleaned.

The HTML parser below nh3 takes quadratic time in the depth of nesting: one megabyte of opened <div>s took it 146
seconds. A page with more tags than any letter has is therefore written anew, well formed and at most 100 deep.
All its text stays, as do paragraphs, lists, quotations and links.
"""

import re
from html import escape

from app.conversations.reading.charsets import Notes

MANY_TAGS, _FEW_TAGS = 4_000, 300
_MANY_REFERENCES = 5_000
_MANY_SLOW = 20_000
# Each "&" in one stretch of text makes the cleaning of all the others slower, and so do the letters whose first byte in
# UTF-8 is that of the hard space; a place to break the line parts the stretch.
_SLOW = re.compile("[\x80-\xbf]")
_MANY_IN_A_ROW = re.compile("(?:[^&\x80-\xbf]*[&\x80-\xbf]){100}[^&;]{0,31};?")
_DEEPEST = 100
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)([^<>]*)>")
_HREF = re.compile(r"""\bhref\s*=\s*["']?(https?:[^\s"'<>]{1,2000})""", re.IGNORECASE)
# Tables and formatting elements have costly repair rules in HTML, so they become plain blocks or go.
_WRITTEN_AS = {"table": "div", "tr": "div", "center": "div", "dd": "div", "dt": "div"} | {
    name: name for name in ("a", "blockquote", "div", "h1", "h2", "h3", "h4", "li", "ol", "p", "pre", "ul")
}
_OPENED = {f"<{name}>" for name in (*_WRITTEN_AS.values(), "br", "hr") if name != "a"}
_SIBLINGS = {"a", "li", "p"}
_HIDDEN = {"script", "style", "template", "title"}


def shallow(html: str, notes: Notes) -> str:
    """The HTML itself when it has few tags, else the same text in simple, shallow HTML; the pages of a mail share a measure."""
    tags = html.count("<")
    notes.tags_left -= tags
    few = tags <= (MANY_TAGS if notes.tags_left > 0 else _FEW_TAGS) and html.count("&") <= _MANY_REFERENCES
    if few and (html.isascii() or len(_SLOW.findall(html)) <= _MANY_SLOW):
        return html
    page = _Shallow()
    at = 0
    for tag in _TAG.finditer(html):
        page.text(html[at : tag.start()])
        page.tag(tag[2].lower(), tag[3], closing=bool(tag[1]))
        at = tag.end()
    page.text(html[at:])
    return "".join(page.out)


class _Shallow:
    """The page being written: what is out, which elements are open, and how many were too deep to open."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.open: list[str] = []
        self.hidden = ""

    def text(self, text: str) -> None:
        if text and not self.hidden and not (text.isspace() and self._at_beginning()):
            # Character references stay as they are; everything that could be a tag does not.
            text = text.replace("<", "&lt;").replace(">", "&gt;")
            self.out.append(_MANY_IN_A_ROW.sub(r"\g<0><wbr>", text) if len(text) > 100 else text)

    def _at_beginning(self) -> bool:
        """Right behind an opened block, where white space shows nothing."""
        return bool(self.out) and self.out[-1] in _OPENED and "pre" not in self.open

    def tag(self, name: str, rest: str, *, closing: bool) -> None:
        if self.hidden or (name in _HIDDEN and not closing):
            self.hidden = "" if closing and name == self.hidden else self.hidden or name
        elif closing:
            self._close(_WRITTEN_AS.get(name, name))
        elif name in ("br", "hr", "td", "th"):
            self.out.append(f"<{name}>" if name in ("br", "hr") else " ")
        elif name in _WRITTEN_AS:
            self._open(_WRITTEN_AS[name], rest)

    def _open(self, name: str, rest: str) -> None:
        if name in _SIBLINGS and name in self.open[-3:]:
            self._close(name)
        if len(self.open) >= _DEEPEST:
            self.out.append("<br>")
            return
        self.open.append(name)
        link = _HREF.search(rest) if name == "a" else None
        self.out.append(f'<a href="{escape(link[1])}">' if link else f"<{name}>")

    def _close(self, name: str) -> None:
        if name not in self.open:
            return
        while self.open:
            last = self.open.pop()
            if self.out[-1] == f"<{last}>":
                # Nothing stands in it, and a page may have hundreds of thousands of these.
                self.out[-1] = ""
            else:
                self.out.append(f"</{last}>")
            if last == name:
                return
