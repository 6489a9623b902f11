"""Parts that are text: which of them are the letter, and what they say."""

import re
from email.message import Message

from app.conversations.reading import enriched
from app.conversations.reading.charsets import decode
from app.conversations.reading.contents import Contents
from app.conversations.reading.flowed import unflowed
from app.conversations.reading.headers import parameter
from app.conversations.reading.media import media_type
from app.conversations.reading.rtf import text_of_rtf
from app.conversations.reading.uu import without_uu

# Text that is meant for programs, or shows a person nothing: kept as a file.
_FILES = {
    "calendar", "vcard", "x-vcard", "directory", "csv", "tab-separated-values", "x-amp-html", "css", "javascript", "rtf",
    "xml", "rfc822-headers", "x-moz-deleted",
}  # fmt: skip
_META = re.compile(rb"<meta[^>]{1,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_LONGEST_SHOWN = 200_000


def is_letter(part: "Message[str, str]", kind: str, name: str, found: Contents) -> bool:
    """True when a text part is what the person wrote rather than a file beside it."""
    main, _, sub = kind.partition("/")
    disposition = disposition_of(part)
    if main != "text" or sub in _FILES or disposition == "attachment":
        return False
    # A text that has a name is a file, unless it is all there is.
    return not name or (not found.segments and not found.files and sub in ("plain", "html"))


def disposition_of(part: "Message[str, str]") -> str:
    """ "inline", "attachment", or "" when the part does not say."""
    try:
        return (part.get_content_disposition() or "").strip()
    except Exception:  # noqa: BLE001  The standard library raises many things on broken parameters.
        return ""


def is_mislabelled(content: bytes) -> bool:
    """True for a PDF or a photo that its program calls text."""
    return content.startswith(b"%PDF-") or media_type(content, "") not in ("", "application/pdf")


def read_text(part: "Message[str, str]", content: bytes, kind: str, found: Contents) -> None:
    """Add what the part says."""
    label = parameter(part, "charset")
    if kind == "text/html":
        meta = _META.search(content[:2_048]) if not label else None
        found.say_html(
            decode(content, meta[1].decode("ascii", "replace") if meta else label, found.notes), content
        )
    elif kind in ("text/enriched", "text/richtext"):
        text = decode(content, label, found.notes)
        found.say_html(enriched.html_of(text, old=kind == "text/richtext"), content, makeshift=True)
    else:
        _read_plain(part, content, label, found)


def read_beside(content: bytes, kind: str, label: str, found: Contents) -> None:
    """Add what a file says whose text is shown in the letter as well."""
    if kind == "text/rtf" and not found.segments:
        found.say(text_of_rtf(content))
    elif kind == "text/plain" and len(content) <= _LONGEST_SHOWN:
        found.say(decode(content, label, found.notes))


def _read_plain(part: "Message[str, str]", content: bytes, label: str, found: Contents) -> None:
    content, files = without_uu(content)
    text = decode(content, label, found.notes)
    if parameter(part, "format").lower() == "flowed":
        text = unflowed(text, delete_space=parameter(part, "delsp").lower() == "yes")
    found.say(text)
    for file in files:
        found.attach(file.content, file.claimed, file.name)
