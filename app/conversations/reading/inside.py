"""What a file of a mail holds inside itself, as a value."""

import mimetypes
from dataclasses import dataclass, field

from app.conversations.reading.charsets import Notes

# Without the machine's own list, so that the same mail reads the same everywhere.
_TYPES = mimetypes.MimeTypes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file inside a file: `claimed` is its media type as far as it is stated, `name` not yet safe, "" for none."""

    content: bytes = field(repr=False)
    claimed: str
    name: str
    inline: bool = False


@dataclass(slots=True, kw_only=True)
class Inside:
    """What came out of a file: further files, whole mails (RFC 5322), and a letter's text or HTML."""

    files: list[Member] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)
    text: str = ""
    html: str = ""


def affordable(size: int, notes: Notes) -> bool:
    """Take one more file of `size` bytes out of a container; False, with a defect, when the mail's measure is full."""
    if notes.files_left < 1 or size > notes.bytes_left:
        notes.add("more inside an archive than is taken out of one")
        return False
    notes.files_left -= 1
    notes.bytes_left -= size
    return True


def type_by_name(name: str) -> str:
    """The media type of a file of which only the name is known."""
    return _TYPES.guess_type(name)[0] or "application/octet-stream"
