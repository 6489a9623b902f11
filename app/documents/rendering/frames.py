"""The words between the renderer and its child: length-prefixed frames over two pipes.

To the child: one frame, the file. From it, for every file: any number of `page` and `finding` frames, then `end`.
A frame's payload is a JSON header line, then bytes.
"""

import json
import os
import struct
from typing import Any

LENGTH = struct.Struct(">I")
LARGEST_ANSWER = 32 * 1024 * 1024


def packed(payload: bytes) -> bytes:
    """A payload with its length in front."""
    return LENGTH.pack(len(payload)) + payload


def answer(header: dict[str, Any], *parts: bytes) -> bytes:
    """One answer of the child; the header gains the lengths of the parts that follow it."""
    line = json.dumps({**header, "parts": [len(part) for part in parts]}).encode()
    return packed(b"\n".join((line, b"".join(parts))))


def parsed(payload: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """The header and parts of an answer. Raises ValueError for anything a sound child would not send."""
    line, _, rest = payload.partition(b"\n")
    header = json.loads(line)
    if not isinstance(header, dict) or not isinstance(header.get("parts"), list):
        raise ValueError("an answer has a header with parts")
    parts = []
    for length in header["parts"]:
        parts.append(rest[: int(length)])
        rest = rest[int(length) :]
    return header, parts


def read_exactly(descriptor: int, length: int) -> bytes:
    """Blocking read of exactly `length` bytes. Raises EOFError when the other side has gone."""
    content = bytearray()
    while len(content) < length:
        chunk = os.read(descriptor, min(length - len(content), 1 << 20))
        if not chunk:
            raise EOFError
        content += chunk
    return bytes(content)


def write_all(descriptor: int, content: bytes) -> None:
    """Blocking write of everything."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
