"""Files that go out with an answer: which kinds may, how many, and where they are kept."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask_babel import lazy_gettext

from app.conversations.models import Conversation, Draft, DraftFile
from app.conversations.reading.filenames import safe_name
from app.kernel.database import db, use_case
from app.kernel.errors import InvalidInput
from app.letters.models import Letter, LetterFile
from app.vault.keep import keep

MOST = 5
# Octets of all files of one answer. As base64 a third more, which every usual mail server still takes.
MOST_OCTETS = 10 * 1024 * 1024
_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"
# What a person can open without running anything: the type is told by the name and never by the browser.
TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "heic": "image/heic",
    "txt": "text/plain",
    "csv": "text/csv",
    "docx": f"{_OFFICE}.wordprocessingml.document",
    "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    "pptx": f"{_OFFICE}.presentationml.presentation",
    "odt": f"{_OPEN}.text",
    "ods": f"{_OPEN}.spreadsheet",
    "cer": "application/pkix-cert",
}
_BEGINS = {
    "pdf": (b"%PDF-",),
    "png": (b"\x89PNG\r\n",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "gif": (b"GIF8",),
    "webp": (b"RIFF",),
    **dict.fromkeys(("docx", "xlsx", "pptx", "odt", "ods"), (b"PK\x03\x04",)),
}
_PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"<!doctype html", b"<html", b"<script", b"<svg", b"<?xml")


@dataclass(frozen=True, kw_only=True)
class File:
    """A file as it was uploaded; nothing of it is trusted."""

    filename: str
    content: bytes = field(repr=False)


@use_case
def add_files(draft: Draft, conversation: Conversation, files: list[File]) -> None:
    """Lay files beside a draft, encrypted for the conversation's person. Raises InvalidInput with the reason, all or none."""
    named = [(_checked(file), file.content) for file in files]
    if len(draft.files) + len(files) > MOST:
        raise InvalidInput(lazy_gettext("An answer carries at most five files."))
    if sum(one.size for one in draft.files) + sum(len(content) for _name, content in named) > MOST_OCTETS:
        raise InvalidInput(lazy_gettext("The files of one answer have at most 10 MB together."))
    for name, content in named:
        stored = keep(conversation.person.key_owner, content)
        row = DraftFile(filename=name, media_type=TYPES[_ending(name)], size=len(content), file_id=stored.id)
        draft.files.append(row)
    db.session.flush()


@use_case
def to_letter(draft: Draft, letter: Letter) -> None:
    """Hand the files of a draft over to the letter that carries its text."""
    for one in draft.files:
        letter.files.append(LetterFile(**_values(one)))
    draft.files.clear()
    db.session.flush()


@use_case
def to_draft(letter: Letter, draft: Draft) -> None:
    """Give the files of a letter that was taken back to the draft it becomes; more than fit are kept all the same."""
    for one in list(letter.files):
        draft.files.append(DraftFile(**_values(one)))
        db.session.delete(one)
    db.session.flush()
    db.session.expire(letter, ["files"])


def _values(one: DraftFile | LetterFile) -> dict[str, object]:
    names = ("filename", "media_type", "size", "file_id")
    return {name: getattr(one, name) for name in names}


def _checked(file: File) -> str:
    """The safe name of a file that may go out, or InvalidInput."""
    name = safe_name(file.filename, "", 1)
    ending = _ending(name)
    if not file.content:
        raise InvalidInput(lazy_gettext("“%(name)s” is empty.", name=name))
    if ending not in TYPES:
        raise InvalidInput(
            lazy_gettext(
                "“%(name)s” is not sent: files of this kind could run on the reader's machine. Documents, tables, "
                "pictures and plain text may go.",
                name=name,
            )
        )
    start = file.content[:512].lstrip().lower()
    expected = _BEGINS.get(ending)
    if start.startswith(tuple(each.lower() for each in _PROGRAMS)) or (
        expected and not file.content.startswith(expected)
    ):
        raise InvalidInput(
            lazy_gettext("“%(name)s” is not what its name says, so it is not sent.", name=name)
        )
    return name


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""
