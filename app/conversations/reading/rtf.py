"""RTF: unpacked from the form that Outlook sends (MS-OXRTFCP), and as readable text (also MS-OXRTFEX)."""

import re
import struct

from app.conversations.reading.charset_names import codec_of
from app.conversations.reading.charsets import plain

_LARGEST = 8 * 1024 * 1024
_KNOWN = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans SerifSymbol"
    rb"ArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    + b"\r\n"
    + rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_TOKEN = re.compile(
    rb"\\'([0-9a-fA-F]{2})|\\([a-zA-Z]{1,32})(-?\d{1,9})? ?|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\"
)
_SILENT = {
    b"fonttbl",
    b"colortbl",
    b"stylesheet",
    b"info",
    b"pict",
    b"object",
    b"themedata",
    b"datastore",
    b"listtable",
}
_SIGNS = {
    b"par": "\n", b"line": "\n", b"sect": "\n", b"page": "\n", b"row": "\n", b"tab": "\t", b"cell": " ",
    b"emdash": "—", b"endash": "–", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•",
}  # fmt: skip


def unpacked(packed: bytes) -> bytes:
    """The RTF out of PR_RTF_COMPRESSED; b"" when it is none."""
    if len(packed) < 16:
        return b""
    _, size, kind, _ = struct.unpack_from("<IIII", packed)
    if kind == 0x414C454D:
        return packed[16 : 16 + size]
    return _inflated(packed[16:], min(size, _LARGEST)) if kind == 0x75465A4C else b""


def _inflated(packed: bytes, size: int) -> bytes:
    """LZFu: every flag bit says whether a letter follows or a place and length in the last 4,096 letters."""
    window = bytearray(_KNOWN.ljust(4096, b"\0"))
    write, at, out = len(_KNOWN), 0, bytearray()
    while at < len(packed) and len(out) < size:
        flags, at = packed[at], at + 1
        for bit in range(8):
            if flags >> bit & 1:
                if at + 1 >= len(packed):
                    return bytes(out)
                place, length = packed[at] << 4 | packed[at + 1] >> 4, (packed[at + 1] & 15) + 2
                at += 2
                if place == write:
                    return bytes(out)
                for step in range(length):
                    letter = window[write] = window[(place + step) % 4096]
                    out.append(letter)
                    write = (write + 1) % 4096
            elif at < len(packed):
                window[write] = packed[at]
                out.append(packed[at])
                write, at = (write + 1) % 4096, at + 1
    return bytes(out)


def text_of_rtf(rtf: bytes) -> str:
    """The readable text of an RTF document, "" when it is none."""
    if not rtf.lstrip().startswith(b"{\\rtf"):
        return ""
    page = _Page()
    for token in _TOKEN.finditer(rtf[:_LARGEST]):
        page.take(token)
    page.flush()
    return re.sub(r"\n{3,}", "\n\n", plain("".join(page.out))).strip()


class _Page:
    """Text taking shape: whether the group in which we stand is shown, its charset, and what to skip."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.raw = bytearray()
        self.codec = "cp1252"
        self.hidden = False
        self.groups: list[tuple[bool, int]] = []
        self.fallback = 1
        self.skip = 0

    def take(self, token: "re.Match[bytes]") -> None:
        if token[5]:
            self.flush()
            self.group(opens=token[5] == b"{")
        elif token[2]:
            self.word(token[2], token[3])
        elif token[1]:
            self.letters(bytes([int(token[1], 16)]))
        elif token[4]:
            self.sign(token[4])
        elif token[6]:
            self.letters(token[6])

    def group(self, *, opens: bool) -> None:
        if opens:
            if len(self.groups) < 10_000:
                self.groups.append((self.hidden, self.fallback))
        elif self.groups:
            self.hidden, self.fallback = self.groups.pop()
        self.skip = 0

    def word(self, word: bytes, number: bytes | None) -> None:
        if word == b"ansicpg" and number:
            self.codec = codec_of(f"cp{number.decode()}") or "cp1252"
        elif word == b"uc" and number:
            self.fallback = min(int(number), 10)
        elif word == b"htmlrtf":
            # Between \htmlrtf and \htmlrtf0 stands what only readers of RTF should see.
            self.hidden = number != b"0"
        elif word in _SILENT:
            self.hidden = True
        elif word == b"u" and number:
            self.show(chr(int(number) % 65536))
            self.skip = self.fallback
        elif word in _SIGNS:
            self.show(_SIGNS[word])

    def sign(self, sign: bytes) -> None:
        if sign == b"*":
            self.hidden = True
        elif sign in (b"\\", b"{", b"}"):
            self.letters(sign)
        elif sign == b"~":
            self.show(" ")
        elif sign in (b"\n", b"\r"):
            self.show("\n")

    def letters(self, raw: bytes) -> None:
        skipped, self.skip = min(self.skip, len(raw)), max(0, self.skip - len(raw))
        if not self.hidden:
            self.raw += raw[skipped:]

    def show(self, text: str) -> None:
        if not self.hidden:
            self.flush()
            self.out.append(text)

    def flush(self) -> None:
        if self.raw:
            self.out.append(self.raw.decode(self.codec, "replace"))
            self.raw.clear()
