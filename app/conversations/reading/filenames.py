"""Names of attached files: found wherever the mail hides them, and made safe."""

import mimetypes
import re
import unicodedata
from email.message import Message
from typing import Any
from urllib.parse import unquote_to_bytes

from app.conversations.reading.charsets import Notes, decode
from app.conversations.reading.headers import decoded, header

_LONGEST = 120
_PLACES = (("content-disposition", ("filename", "name")), ("content-type", ("name", "filename")))
_LOOSE = re.compile(r"\b(?:file)?name\*?\s*=\s*\"?([^\";]{1,500})", re.IGNORECASE)
_LIKE_A_FILE = re.compile(r"^[^\n]{1,150}\.[A-Za-z0-9]{2,5}$")
_USUAL = {"image/jpeg": ".jpg", "text/calendar": ".ics", "message/rfc822": ".eml", "image/heic": ".heic"}


def given_name(part: "Message[str, str]", notes: Notes) -> str:
    """The name a part gives its file (RFC 2231, RFC 2047 or raw), not yet safe; "" when it gives none."""
    for place, parameters in _PLACES:
        name = _stated(part, place, parameters, notes)
        if name.strip():
            return name
    for place in ("content-description", "content-location"):
        value = decoded(header(part, place), notes).strip().strip("\"'")
        name = decode(unquote_to_bytes(value), None, Notes()) if place == "content-location" else value
        if _LIKE_A_FILE.search(name) and not name.lower().startswith("cid:"):
            return name
    return ""


def _stated(part: "Message[str, str]", place: str, parameters: tuple[str, ...], notes: Notes) -> str:
    if not header(part, place):
        return ""
    try:
        found = [pair for pair in part.get_params([], header=place) if pair[0].lower() in parameters]
    except Exception:  # noqa: BLE001  The standard library raises many things on broken parameters.
        notes.add("a file name that cannot be read")
        found = []
    # The extended form tells more than the plain one beside it (RFC 6266, 4.3).
    values: list[Any] = [value for _, value in found]
    for value in sorted(values, key=lambda value: not isinstance(value, tuple)):
        name = (
            _extended(value, notes)
            if isinstance(value, tuple)
            else decoded(_percent(_unquoted(value)), notes)
        )
        if name.strip():
            return name
    loose = _LOOSE.search(header(part, place))
    return decoded(loose[1], notes) if loose and not found else ""


def _unquoted(value: str) -> str:
    """A value in the quotes of some programs, or in quotes that never end."""
    value = value.strip()
    if len(value) > 2 and value[0] == value[-1] == "'":
        return value[1:-1]
    return value.removeprefix('"') if value.count('"') == 1 else value


def _extended(value: tuple[str | None, str | None, str], notes: Notes) -> str:
    """An RFC 2231 value: the standard library hands it over as Latin-1 text with its charset beside it."""
    label, _, text = value
    raw = text.encode("latin-1") if max(text, default="") <= "\xff" else text.encode("utf-8")
    return decoded(decode(raw, label or None, notes), notes)


def _percent(value: str) -> str:
    """Some programs leave out the asterisk and still write charset''percent."""
    found = re.fullmatch(r"([\w-]{2,40})'[\w-]{0,10}'(.+)", value)
    if found and "%" in found[2]:
        return decode(unquote_to_bytes(found[2]), found[1], Notes())
    return value


def safe_name(name: str, media_type: str, number: int) -> str:
    """The name without path, control and direction characters, at most 120 long.

    When nothing is left it is a made-up one; `number` counts the files of the mail and tells made-up names
    apart.
    """
    name = unicodedata.normalize("NFC", name.replace("\t", " ").replace("\n", " "))
    name = "".join(
        letter for letter in name if unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
    )
    name = re.split(r"[/\\]", name.strip(" /\\"))[-1]
    name = re.sub(r'[<>:"|?*]', "_", re.sub(r"\s+", " ", name)).strip(". ")
    if not name:
        return f"attachment-{number}{_extension(media_type)}"
    return _short(name)


def _short(name: str) -> str:
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 10:
        return name[:_LONGEST].strip()
    return stem[: _LONGEST - len(extension) - 1].strip() + dot + extension


def _extension(media_type: str) -> str:
    return _USUAL.get(media_type) or mimetypes.guess_extension(media_type) or ".bin"
