"""The file of signed heads, outside the database: one line a sealing, appended and flushed to disk."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from app.audit.chain import Head, read_head

NAME = "heads.jsonl"
_LONGEST_LINE = 4096


def append(folder: Path, head: Head) -> None:
    """Add a head; it is on the disk when this returns. The rest of an interrupted write before it is taken away."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / NAME).open("a+b") as file:
        _drop_unfinished(file)
        file.write(head.line().encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _drop_unfinished(file: BinaryIO) -> None:
    """A full disk leaves half a line; the next head would otherwise be written behind it and be lost with it."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _LONGEST_LINE))
    tail = file.read()
    if tail and not tail.endswith(b"\n"):
        file.truncate(size - len(tail) + tail.rfind(b"\n") + 1)


def read(folder: Path, seed: bytes) -> tuple[list[Head], list[int]]:
    """Every good head in the file's order, and the numbers of the lines (from 1) that are not ours.

    A last line without a line break is a write that a power cut interrupted; it is passed over.
    """
    path = folder / NAME
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = text.split("\n")[:-1]
    found = [(number, read_head(line, seed)) for number, line in enumerate(lines, start=1)]
    return [head for _, head in found if head], [number for number, head in found if head is None]


def last_number(folder: Path, seed: bytes) -> int:
    """Number of the newest signed seal, 0 with none. Reads only the end of the file."""
    path = folder / NAME
    if not path.exists():
        return 0
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _LONGEST_LINE))
        lines = file.read().decode("utf-8", "replace").split("\n")
    for line in reversed(lines):
        head = read_head(line, seed)
        if head:
            return head.number
    return 0


def written_at(folder: Path) -> datetime | None:
    """When the newest head was written, or None with none."""
    path = folder / NAME
    return datetime.fromtimestamp(path.stat().st_mtime, UTC) if path.exists() else None
