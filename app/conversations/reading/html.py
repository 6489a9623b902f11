"""HTML of a mail: cleaned for showing, and as readable text."""

import re

import nh3

from app.conversations.reading.charsets import Notes, plain
from app.conversations.reading.shallow import shallow

# Beyond this a page is no letter; it is kept as an attachment instead of being cleaned.
LARGEST = 3_000_000
_TOKEN = re.compile(r'<(/?)([a-zA-Z][a-zA-Z0-9]*)[^>"]*(?:"[^"]*"[^>"]*)*>|([^<]+)|<')
_NO_TEXT = re.compile(
    r"\bHTML\b.{0,80}\b(?:support|compatible|capable|enabled|view|display|read|format|mail client|aktif)"
    r"|(?:support|view|display|see|read|need|require|lihat|anzeigen|afficher)\w*\b.{0,80}\bHTML\b",
    re.IGNORECASE | re.DOTALL,
)
_WITHOUT_CONTENT = {"script", "style", "title", "template", "noscript", "svg", "math", "object", "iframe"}
_BREAKS = {
    "address", "article", "aside", "blockquote", "br", "center", "dd", "details", "div", "dl", "dt", "figure",
    "footer", "header", "hr", "li", "nav", "ol", "p", "pre", "section", "table", "tr", "ul",
}  # fmt: skip
_PARAGRAPHS = {"blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "p", "table", "ul", "ol"}


def cleaned(html: str, notes: Notes) -> str | None:
    """The HTML without scripts, forms, styles and all that loads from afar; None when it cannot be had.

    Pictures stay only when they are parts of the mail itself (cid:).
    """
    try:
        return plain(
            nh3.clean(
                shallow(html, notes),
                clean_content_tags=_WITHOUT_CONTENT,
                tags=nh3.ALLOWED_TAGS - _WITHOUT_CONTENT,
                attribute_filter=_attribute,
                url_schemes={"http", "https", "mailto", "tel", "cid"},
                link_rel="noopener noreferrer nofollow",
            )
        )
    except BaseException as error:  # A panic inside nh3 arrives as a BaseException of its own.
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        notes.add("HTML that cannot be cleaned")
        return None


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Only links may point outside; a picture's address would be fetched by just looking."""
    if name in ("href", "cite") and tag != "img":
        return value
    if name in ("src", "srcset", "background", "longdesc", "poster"):
        return value if value.startswith("cid:") else None
    return value


def text_of(clean_html: str) -> str:
    """The readable text of cleaned HTML; quoted blocks get "> " before each line, as in plain mail."""
    page = _Page()
    for token in _TOKEN.finditer(clean_html):
        if token[3] is not None:
            page.write(token[3])
        elif token[2]:
            page.tag(token[2].lower(), closing=bool(token[1]))
    page.end_line()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(page.lines)).strip()


def _unescaped(text: str) -> str:
    """The letters behind the five references that cleaned HTML has."""
    if "&" not in text:
        return text.replace("\xa0", " ")
    for reference, letter in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&nbsp;", " "), ("&amp;", "&")):
        text = text.replace(reference, letter)
    return text.replace("\xa0", " ")


class _Page:
    """Text taking shape: finished lines, and the pieces of the line being written."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.pieces: list[str] = []
        self.depth = 0
        self.preformatted = 0

    def write(self, text: str) -> None:
        text = _unescaped(text)
        if self.preformatted:
            *lines, text = text.split("\n")
            for line in lines:
                self.pieces.append(line)
                self.end_line(keep=True)
        else:
            text = re.sub(r"\s+", " ", text)
        if not self.preformatted and (not self.pieces or self.pieces[-1].endswith(" ")):
            text = text.lstrip()
        if text:
            self.pieces.append(text)

    def tag(self, tag: str, *, closing: bool) -> None:
        if tag == "br" and not self.pieces:
            self.lines.append("")
        elif tag in _BREAKS or tag in _PARAGRAPHS:
            self.end_line()
        if tag in _PARAGRAPHS and self.lines and self.lines[-1]:
            self.lines.append("")
        if tag == "pre":
            self.preformatted = max(0, self.preformatted + (-1 if closing else 1))
        elif tag == "blockquote":
            self.depth = max(0, self.depth + (-1 if closing else 1))
        elif (tag == "li" and not closing) or (tag in ("td", "th") and closing):
            self.pieces.append("- " if tag == "li" else " ")

    def end_line(self, *, keep: bool = False) -> None:
        """Finish the line; `keep` an empty one and the white space before it, as in <pre>."""
        whole = "".join(self.pieces)
        line = whole.rstrip() if keep or self.preformatted else whole.strip()
        self.pieces = []
        if line or keep:
            self.lines.append("> " * min(self.depth, 9) + line)


def points_to_html(text: str) -> bool:
    """True for the few words that programs put in place of a text: to read this you need HTML."""
    return len(text) < 400 and bool(_NO_TEXT.search(text))
