"""Bytes into text, whatever the mail says about their charset."""

import codecs
import re
from collections.abc import Callable

from charset_normalizer import from_bytes

# Labels that mail programs use for something wider, or that Python does not know.
_MEANT = {
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "utf8": "utf-8",
    "utf-8": "utf-8-sig",
    "x-unknown": "utf-8",
    "unknown-8bit": "utf-8",
    "default": "utf-8",
    "8bit": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "ksc5601": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "windows-874": "cp874",
    "windows-31j": "cp932",
}
# Python calls these codecs text, no mail means them, and some take quadratic time.
_REFUSED = {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"}
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_SAMPLE = 8_192


class Notes:
    """What is remembered while one mail is read: its defects, and how many slow charset guesses are left."""

    def __init__(self) -> None:
        self.defects: list[str] = []
        self.guesses_left = 12
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
    codec = _codec(label)
    if codec is None and label:
        notes.add("unknown charset")
    for candidate in dict.fromkeys([codec or "utf-8-sig", "utf-8-sig"]):
        try:
            return plain(raw.decode(candidate))
        except (UnicodeError, ValueError):
            notes.add("bytes that are not of the charset they claim")
    return plain(_guess(raw, notes))


def _codec(label: str | None) -> str | None:
    """The name of the Python codec to try for a label of a mail; None for an unknown one."""
    wanted = (label or "").strip().strip("\"'").lower()
    wanted = _MEANT.get(wanted, wanted)
    try:
        name = codecs.lookup(wanted).name
        "".encode(wanted)
    except (LookupError, ValueError, TypeError):
        return None
    return None if name.replace("-", "_") in _REFUSED else wanted


def _guess(raw: bytes, notes: Notes) -> str:
    """Text from bytes of an unknown charset; Western European at last, because it always gives something."""
    nearly_utf8 = raw.decode("utf-8", "replace")
    if nearly_utf8.count("\ufffd") * 20 < len(nearly_utf8):
        return nearly_utf8
    sample = raw[:_SAMPLE]
    foreign = sum(byte > 127 for byte in sample)
    # A few odd letters among plain ones are an accented Western text; statistics on so little go astray.
    if foreign * 3 > len(sample) and notes.guesses_left > 0:
        notes.guesses_left -= 1
        best = from_bytes(sample).best()
        if best is not None and best.encoding not in ("ascii", "utf_8"):
            return raw.decode(best.encoding, "replace")
    return raw.decode("cp1252", "replace")
