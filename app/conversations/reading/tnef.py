"""winmail.dat (MS-OXTNEF): what Outlook hides its attachments in when it writes to a server it takes for its own.

A small reader of our own: the known libraries are no longer kept up, and all that is wanted is files, names and the body.
Lengths are checked against what is there; nothing is trusted, and what cannot be read ends the reading.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.conversations.reading.charset_names import codec_of
from app.conversations.reading.charsets import Notes, decode, plain
from app.conversations.reading.inside import Inside, Member, affordable, type_by_name
from app.conversations.reading.rtf import text_of_rtf, unpacked

MARK = b"\x78\x9f\x3e\x22"
# Attributes of the outer layer.
_CODEPAGE, _BODY, _PROPERTIES = 0x9007, 0x800C, 0x9003
_STARTS_FILE, _FILE_DATA, _FILE_TITLE, _FILE_PROPERTIES = 0x9002, 0x800F, 0x8010, 0x9005
# Properties of MAPI (MS-OXPROPS).
_TEXT, _RTF, _HTML, _CPID = 0x1000, 0x1009, 0x1013, 0x3FDE
_DATA, _SHORT_NAME, _LONG_NAME, _TITLE, _MIME, _CONTENT_ID = 0x3701, 0x3704, 0x3707, 0x3001, 0x370E, 0x3712
_WIDTHS = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_STRING, _UNICODE, _BINARY, _OBJECT, _MANY = 0x1E, 0x1F, 0x102, 0x0D, 0x1000
_MOST_PROPERTIES = 5_000
_ID_LENGTH = 16

Value = str | bytes | int


@dataclass
class _File:
    title: str = ""
    data: bytes = b""
    properties: dict[int, Value] = field(default_factory=dict)


def opened(content: bytes, notes: Notes) -> Inside:
    """The files, the embedded messages (as TNEF files again) and the body of a winmail.dat."""
    reader = _Reader(notes)
    try:
        for attribute, data in _attributes(content):
            reader.take(attribute, data)
    except (struct.error, ValueError, IndexError):
        notes.add("a damaged winmail.dat, read as far as it goes")
    return reader.inside()


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = 6
    while at + 9 <= len(content):
        level, attribute, length = struct.unpack_from("<BII", content, at)
        if level not in (1, 2) or at + 9 + length > len(content):
            raise ValueError
        yield attribute & 0xFFFF, content[at + 9 : at + 9 + length]
        at += 9 + length + 2


class _Reader:
    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.codec = "cp1252"
        self.body = b""
        self.properties: dict[int, Value] = {}
        self.files: list[_File] = []

    def take(self, attribute: int, data: bytes) -> None:
        if attribute == _CODEPAGE and len(data) >= 4:
            self.codec = codec_of(f"cp{struct.unpack_from('<I', data)[0]}") or "cp1252"
        elif attribute == _BODY:
            self.body = data.rstrip(b"\0")
        elif attribute == _PROPERTIES:
            self.properties.update(_properties(data, self.codec))
        elif attribute == _STARTS_FILE:
            self.files.append(_File())
        elif self.files and attribute == _FILE_DATA:
            self.files[-1].data = data
        elif self.files and attribute == _FILE_TITLE:
            self.files[-1].title = data.rstrip(b"\0").decode(self.codec, "replace")
        elif self.files and attribute == _FILE_PROPERTIES:
            self.files[-1].properties.update(_properties(data, self.codec))

    def inside(self) -> Inside:
        found = Inside(text=self._text(), html=self._html())
        for file in self.files:
            member = _member(file)
            if not affordable(len(member.content), self.notes):
                break
            found.files.append(member)
        return found

    def _text(self) -> str:
        body = self.properties.get(_TEXT) or self.body.decode(self.codec, "replace")
        rtf = self.properties.get(_RTF)
        if not body and isinstance(rtf, bytes):
            return text_of_rtf(unpacked(rtf))
        return plain(body) if isinstance(body, str) else ""

    def _html(self) -> str:
        html = self.properties.get(_HTML, "")
        cpid = self.properties.get(_CPID)
        label = f"cp{cpid}" if isinstance(cpid, int) and cpid != 65001 else "utf-8"
        return decode(html, label, self.notes) if isinstance(html, bytes) else str(html)


def _member(file: _File) -> Member:
    known = file.properties
    data = known.get(_DATA)
    content = data if isinstance(data, bytes) and data else file.data
    if content[_ID_LENGTH : _ID_LENGTH + 4] == MARK:
        content = content[_ID_LENGTH:]
    names = (known.get(_LONG_NAME), file.title, known.get(_TITLE), known.get(_SHORT_NAME))
    name = next((one for one in names if isinstance(one, str) and one.strip()), "")
    kind = str(known.get(_MIME) or type_by_name(name))
    if content.startswith(MARK):
        name, kind = f"{name or 'message'}.tnef", "application/ms-tnef"
    return Member(content=content, claimed=kind, name=name, inline=bool(known.get(_CONTENT_ID)))


def _properties(data: bytes, codec: str) -> Iterator[tuple[int, Value]]:
    """Property and value; of several values the first."""
    (count,) = struct.unpack_from("<I", data)
    at = 4
    for _ in range(min(count, _MOST_PROPERTIES)):
        kind, tag = struct.unpack_from("<HH", data, at)
        at = _after_name(data, at + 4) if tag >= 0x8000 else at + 4
        if (kind & ~_MANY) in _WIDTHS:
            width, many = _WIDTHS[kind & ~_MANY], 1
            if kind & _MANY:
                (many,) = struct.unpack_from("<I", data, at)
                at += 4
            yield tag, int.from_bytes(data[at : at + min(width, 4)], "little")
            at += width * many
        else:
            value, at = _long_value(data, at, kind & ~_MANY, codec)
            yield tag, value


def _after_name(data: bytes, at: int) -> int:
    """Where a named property's value begins."""
    (kind,) = struct.unpack_from("<I", data, at + 16)
    if kind == 0:
        return at + 24
    (length,) = struct.unpack_from("<I", data, at + 20)
    return at + 24 + _padded(length)


def _long_value(data: bytes, at: int, kind: int, codec: str) -> tuple[Value, int]:
    if kind not in (_STRING, _UNICODE, _BINARY, _OBJECT):
        raise ValueError
    (count,) = struct.unpack_from("<I", data, at)
    at += 4
    first: bytes = b""
    for number in range(count):
        (length,) = struct.unpack_from("<I", data, at)
        first = data[at + 4 : at + 4 + length] if number == 0 else first
        at += 4 + _padded(length)
        if at > len(data) + 3:
            raise ValueError
    if kind == _STRING:
        return first.rstrip(b"\0").decode(codec, "replace"), at
    return (first.decode("utf-16-le", "replace").rstrip("\0") if kind == _UNICODE else first), at


def _padded(length: int) -> int:
    return (length + 3) // 4 * 4
