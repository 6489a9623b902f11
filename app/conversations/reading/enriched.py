"""text/enriched (RFC 1896) and its forerunner text/richtext (RFC 1341) as HTML."""

import re
from html import escape

_TAGS = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "excerpt": "blockquote",
    "fixed": "code",
    "paragraph": "p",
}
_TOKEN = re.compile(r"<<|<(/?)([a-zA-Z][\w-]{0,59})>|(\n+)|[^<\n]+|<")
_HIDDEN = {"param", "comment"}


def html_of(text: str, *, old: bool) -> str:
    """HTML that says the same. In text/enriched a single line break is only for the wire; `old` means text/richtext."""
    out: list[str] = []
    hidden = ""
    for token in _TOKEN.finditer(text):
        name = (token[2] or "").lower()
        if hidden:
            hidden = "" if token[1] and name == hidden else hidden
        elif name in _HIDDEN:
            hidden = "" if token[1] else name
        elif name in ("nl", "np"):
            out.append("<br>")
        elif name == "lt":
            out.append("&lt;")
        elif name:
            out.append(f"<{token[1]}{_TAGS[name]}>" if name in _TAGS else "")
        elif token[3]:
            out.append("\n" if old else "<br>" * (len(token[3]) - 1) or "\n")
        else:
            out.append("&lt;" if token[0] == "<<" else escape(token[0]))
    return "".join(out)
