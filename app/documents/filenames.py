"""Names of files made safe to show and to keep."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 120
_INVISIBLE = ("Cc", "Cf", "Cs", "Zl", "Zp")
_USUAL = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}


def safe_filename(name: str, media_type: str = "") -> str:
    """The name without folders, control and direction characters, at most 120 long; made up if nothing is left."""
    name = unicodedata.normalize("NFC", re.sub(r"[\t\r\n]", " ", name))
    name = "".join(letter for letter in name if unicodedata.category(letter) not in _INVISIBLE)
    name = re.split(r"[/\\]", name.strip(" /\\"))[-1]
    name = re.sub(r'[<>:"|?*]', "_", re.sub(r"\s+", " ", name)).strip(". ")
    return _short(name) if name else f"document{_USUAL.get(media_type, '.bin')}"


def _short(name: str) -> str:
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 10:
        return name[:LONGEST].strip()
    return stem[: LONGEST - len(extension) - 1].strip() + dot + extension
