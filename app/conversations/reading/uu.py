"""uuencoded files inside a text, as programs sent them before MIME, and some still do."""

import binascii
import re

from app.conversations.reading.inside import Member, type_by_name

_BEGIN = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{1,255})\r?\n", re.MULTILINE)
_LINE = re.compile(rb"([ -`]{1,90})\r?(?:\n|\Z)")
_MOST = 100


def without_uu(text: bytes) -> tuple[bytes, list[Member]]:
    """The text without its uuencoded files, and those. A block that does not hold together stays in the text."""
    kept: list[bytes] = []
    files: list[Member] = []
    at = 0
    while len(files) < _MOST and (begin := _BEGIN.search(text, at)):
        block = _block(text, begin.end())
        kept.append(text[at : begin.end() if block is None else begin.start()])
        at = begin.end()
        if block is not None:
            content, at = block
            name = begin[1].decode("utf-8", "replace")
            files.append(Member(content=content, claimed=type_by_name(name), name=name))
    return b"".join([*kept, text[at:]]), files


def _block(text: bytes, at: int) -> tuple[bytes, int] | None:
    """The file whose lines begin here and where it ends; None when it is none or never ends."""
    out: list[bytes] = []
    while line := _LINE.match(text, at):
        at = line.end()
        try:
            out.append(binascii.a2b_uu(line[1]))
        except binascii.Error:
            return None
    end = re.compile(rb"\s{0,4}end[ \t]*(?:\r?\n|\Z)").match(text, at)
    return (b"".join(out), end.end()) if end and out else None
