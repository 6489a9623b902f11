"""ZIP archives of documents: their members as files, within bounds. The archive itself is kept beside them.

Bounds: what `affordable` allows for the whole mail, and no member that grows more than two hundredfold beyond a megabyte.
"""

import io
import zipfile
import zlib

from app.conversations.reading.charsets import Notes, decode
from app.conversations.reading.inside import Inside, Member, affordable, type_by_name

_MOST_ENTRIES = 20_000
_STEEPEST = 200
_SMALL = 1024 * 1024
_ENCRYPTED, _UTF8 = 0x1, 0x800
# What computers add for themselves, and no person put in.
_LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
# Formats of their own that are ZIP files underneath; their members are no documents.
_FORMATS = (
    "[Content_Types].xml",
    "mimetype",
    "META-INF/MANIFEST.MF",
    "AndroidManifest.xml",
    "Index/Document.iwa",
)
DAMAGED = "an archive that cannot be opened, kept as it is"
LOCKED = "an archive with a password, kept as it is"


def unzipped(content: bytes, notes: Notes) -> Inside | None:
    """The members of a ZIP archive; None when it is a document of another format, or nothing can be read."""
    if content.count(b"PK\x01\x02") > _MOST_ENTRIES:
        notes.add("more inside an archive than is taken out of one")
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if any(one.filename in _FORMATS for one in archive.infolist()[:50]):
                return None
            return _members(archive, notes)
    except Exception:  # noqa: BLE001  The standard library raises many things on damaged archives.
        notes.add(DAMAGED)
        return None


def _members(archive: zipfile.ZipFile, notes: Notes) -> Inside:
    inside = Inside()
    for one in archive.infolist():
        if one.is_dir() or any(part in one.filename for part in _LITTER):
            continue
        if one.flag_bits & _ENCRYPTED:
            notes.add(LOCKED)
            continue
        if one.file_size > max(_SMALL, one.compress_size * _STEEPEST):
            notes.add("an archive that grows beyond measure when opened, kept as it is")
            continue
        if not affordable(one.file_size, notes):
            break
        content = _content(archive, one, notes)
        if content is not None:
            name = _name(one, notes)
            inside.files.append(Member(content=content, claimed=type_by_name(name), name=name))
    return inside


def _content(archive: zipfile.ZipFile, one: zipfile.ZipInfo, notes: Notes) -> bytes | None:
    """One member; it is never read further than the size it states."""
    try:
        with archive.open(one) as stream:
            return stream.read(one.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError):
        notes.add(DAMAGED)
        return None


def _name(one: zipfile.ZipInfo, notes: Notes) -> str:
    """The member's name. Old programs write it in the charset of their country and do not say which."""
    if one.flag_bits & _UTF8:
        return one.filename
    raw = one.filename.encode("cp437", "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        foreign = sum(byte > 127 for byte in raw)
        return decode(raw, None, notes) if foreign * 3 > len(raw) else one.filename
