"""Messages that lie in files: .eml, mbox (RFC 4155) and Maildir, found below a folder and read one at a time."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TOO_LARGE, EMPTY, UNREADABLE = "too_large", "empty", "unreadable"

# "From sender Mon Jan  2 03:04:05 2026": a line of text that merely begins with From has no time in it.
_SEPARATOR = re.compile(rb"From .*\d\d:\d\d")
_QUOTED_FROM = re.compile(rb">+From ")


@dataclass(frozen=True, kw_only=True)
class FileMail:
    """One message, or why it is none: `raw` with CRLF at its lines' ends, as a mail server gives it. `read` is how many
    octets of the file this took, for the progress.
    """

    where: str
    read: int
    raw: bytes = field(default=b"", repr=False)
    problem: str | None = None


def files_below(paths: Sequence[Path]) -> tuple[list[Path], int]:
    """The files that hold mail, in a steady order, and how many others were left alone.

    A file named itself is always taken; below a folder it is what ends in .eml, begins as an mbox does, or lies in a
    Maildir. Links to folders are not followed.
    """
    found: list[Path] = []
    others = 0
    for path in paths:
        for file in [path] if not path.is_dir() else _walk(path):
            if file == path or _holds_mail(file):
                found.append(file)
            else:
                others += 1
    return list(dict.fromkeys(found)), others


def _walk(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        if {"cur", "new"} <= set(folders) and "tmp" in folders:
            # What lies in a Maildir's tmp is not delivered yet.
            folders.remove("tmp")
        folders.sort()
        yield from (Path(place, name) for name in sorted(names) if Path(place, name).is_file())


def _holds_mail(file: Path) -> bool:
    in_maildir = file.parent.name in ("cur", "new") and (file.parent.parent / "cur").is_dir()
    return in_maildir or file.suffix.lower() == ".eml" or _is_mbox(file)


def _is_mbox(file: Path) -> bool:
    try:
        with file.open("rb") as lines:
            return _SEPARATOR.match(lines.readline(1000)) is not None
    except OSError:
        return False


def messages_in(file: Path, *, most: int) -> Iterator[FileMail]:
    """Every message of a file; one larger than `most` octets is told and never held whole."""
    try:
        if _is_mbox(file):
            yield from _mbox(file, most)
        else:
            yield _single(file, most)
    except OSError:
        yield FileMail(where=str(file), read=0, problem=UNREADABLE)


def _single(file: Path, most: int) -> FileMail:
    size = file.stat().st_size
    if size > most:
        return FileMail(where=str(file), read=size, problem=TOO_LARGE)
    return _made(str(file), file.read_bytes(), size)


def _mbox(file: Path, most: int) -> Iterator[FileMail]:
    number, lines, size, read, after_blank = 0, list[bytes](), 0, 0, True
    with file.open("rb") as source:
        for line in source:
            if after_blank and _SEPARATOR.match(line):
                if number:
                    yield _of_mbox(file, number, lines, size, read, most)
                number, lines, size, read = number + 1, [], 0, 0
            elif size <= most:
                lines.append(line[1:] if _QUOTED_FROM.match(line) else line)
                size += len(line)
            read += len(line)
            after_blank = not line.strip()
    yield _of_mbox(file, number, lines, size, read, most)


def _of_mbox(file: Path, number: int, lines: list[bytes], size: int, read: int, most: int) -> FileMail:
    where = f"{file}, message {number}"
    if size > most:
        return FileMail(where=where, read=read, problem=TOO_LARGE)
    # The empty line before the next message belongs to the file, not to the message.
    if lines and not lines[-1].strip():
        lines.pop()
    return _made(where, b"".join(lines), read)


def _made(where: str, content: bytes, read: int) -> FileMail:
    if not content.strip():
        return FileMail(where=where, read=read, problem=EMPTY)
    # A mail server gives CRLF, files on this system mostly have LF: the same letter must have the same octets.
    raw = content if b"\r\n" in content else content.replace(b"\n", b"\r\n")
    return FileMail(where=where, read=read, raw=raw)
