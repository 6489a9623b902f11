"""Bytes into text, whatever the mail says about their charset."""

import re
from collections.abc import Callable

from charset_normalizer import from_bytes

from app.conversations.reading.charset_names import codec_of
from app.conversations.reading.jis import text_of_jis

_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_SAMPLE = 8_192
_PLAIN = {"", "us-ascii", "ascii", "utf-8", "iso-8859-1"}
_WESTERN = {"cp1252", "iso-8859-15"}
_WIDE = {"utf-16", "utf-16le", "utf-16be", "utf-16-le", "utf-16-be", "utf-32"}
_ASCII = (None, "utf-8", "utf-8-sig", "cp1252")
WRONG = "bytes that are not of the charset they claim"


class Notes:
    """What is remembered while one mail is read: its defects, and what may still be spent on it.

    `likely` is the charset that the mail names first: raw 8-bit headers are mostly in it. `guesses_left` counts slow
    charset guesses, `bytes_left` and `files_left` what may still come out of archives and other
    containers, `tags_left` the tags of HTML that are cleaned as they stand.
    """

    def __init__(self) -> None:
        self.defects: list[str] = []
        self.guesses_left = 12
        self.bytes_left = 48 * 1024 * 1024
        self.files_left = 300
        self.tags_left = 12_000
        self.likely: str | None = None
        self._read: dict[str, str] = {}

    def add(self, defect: str) -> None:
        """Remember a defect; at most 50 different ones are kept."""
        if defect not in self.defects and len(self.defects) < 50:
            self.defects.append(defect)

    def once(self, raw: str, read: Callable[[str], str]) -> str:
        """What `read` makes of `raw`, worked out once: the standard library asks for a header many times."""
        if raw not in self._read:
            self._read[raw] = read(raw)
        return self._read[raw]


def plain(text: str) -> str:
    """The text with newlines as \\n and without what PostgreSQL or a screen cannot hold."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNWANTED.sub(lambda found: "\ufffd" if found[0] >= "\ud800" else "", text)


def decode(raw: bytes, label: str | None, notes: Notes) -> str:
    """The text of `raw`, by its label if that holds, else by the best guess; a wrong label is noted."""
    if raw.isascii() and b"\x1b" not in raw and (label or "").strip().lower() in _PLAIN:
        return plain(raw.decode("ascii"))
    codec = codec_of(label)
    if codec is None and label:
        notes.add("unknown charset")
    if codec in _ASCII and b"\x1b$" in raw:
        # Old Japanese and Korean programs forget to say so; as ASCII it would be gibberish.
        codec = "iso2022_kr" if b"\x1b$)C" in raw else "iso2022_jp_ext"
        notes.add(WRONG)
    for candidate in dict.fromkeys(_candidates(raw, codec)):
        try:
            text = raw.decode(candidate)
        except (UnicodeError, ValueError):
            continue
        if candidate.removesuffix("-sig") != (codec or "utf-8").removesuffix("-sig"):
            notes.add(WRONG)
        return plain(text)
    notes.add(WRONG)
    return plain(_guess(raw, codec, notes))


def _candidates(raw: bytes, codec: str | None) -> list[str]:
    """What to try strictly, the likeliest first."""
    if codec == "iso2022_jp_ext":
        return [codec]
    if codec in _ASCII and raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ["utf-16", codec or "utf-8-sig"]
    if (codec in _WESTERN and not raw.isascii()) or (codec in _WIDE and raw.isascii() and b"\0" not in raw):
        # Western text is hardly ever valid UTF-8 by chance, while this label is often just a default; and the other
        # way round, plain ASCII is no text of two bytes a letter, although it can be read as one.
        return ["utf-8-sig", codec or ""]
    return [codec or "utf-8-sig", "utf-8-sig"]


def _guess(raw: bytes, codec: str | None, notes: Notes) -> str:
    """Text from bytes of an unknown charset; Western European at last, because it always gives something."""
    if codec == "iso2022_jp_ext":
        return text_of_jis(raw)
    likely = dict.fromkeys(("utf-8", codec, notes.likely if notes.likely not in _WESTERN else None))
    nearly = (_nearly(raw, one) for one in likely if one)
    if found := next((text for text in nearly if text), ""):
        return found
    sample = raw[:_SAMPLE]
    foreign = sum(byte > 127 for byte in sample)
    # A few odd letters among plain ones are an accented Western text; statistics on so little go astray.
    if foreign * 3 > len(sample) and notes.guesses_left > 0:
        notes.guesses_left -= 1
        best = from_bytes(sample).best()
        if best is not None and best.encoding not in ("ascii", "utf_8"):
            return raw.decode(best.encoding, "replace")
    return raw.decode("cp1252", "replace")


def _nearly(raw: bytes, codec: str) -> str:
    """The text when hardly a letter of it is wrong, or only the last one is cut off; else ""."""
    for cut in range(4):
        try:
            text = raw[: len(raw) - cut].decode(codec)
        except (UnicodeError, ValueError):
            continue
        if cut == 0:
            return text
        return f"{text}\ufffd" if codec != "utf-8" or not text.isascii() else ""
    text = raw.decode(codec, "replace")
    wrong = text.count("\ufffd")
    right = sum(letter > "\x7f" for letter in text[:_SAMPLE]) - text[:_SAMPLE].count("\ufffd")
    return text if wrong * 20 < len(text) and (wrong * 3 <= right or len(text) > _SAMPLE) else ""
