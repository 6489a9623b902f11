"""Names of attached files: found wherever the mail hides them, and made safe."""

import mimetypes
import re
import unicodedata
from email.message import Message
from urllib.parse import unquote_to_bytes

from app.conversations.reading.charsets import Notes, decode
from app.conversations.reading.headers import decoded, header

_LONGEST = 120
_USUAL = {"image/jpeg": ".jpg", "text/calendar": ".ics", "message/rfc822": ".eml", "image/heic": ".heic"}


def given_name(part: "Message[str, str]", notes: Notes) -> str:
    """The name a part gives its file (RFC 2231, RFC 2047 or raw), not yet safe; "" when it gives none."""
    for place, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        try:
            value = part.get_param(parameter, "", header=place)
            name = _extended(value, notes) if isinstance(value, tuple) else decoded(_percent(value), notes)
        except Exception:  # noqa: BLE001  The standard library raises many things on broken parameters.
            notes.add("a file name that cannot be read")
            found = re.search(rf'{parameter}\*?="?([^";]+)', header(part, place), re.IGNORECASE)
            name = decoded(found[1], notes) if found else ""
        if name.strip():
            return name
    return ""


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
