"""Address headers into names and addresses.

Own code, because the standard library's reader raises on nested comments, takes an encoded name for syntax,
and in the supported Python versions gives a wrong address for some forged ones (CVE-2023-27043).
"""

import re
from collections.abc import Iterator

from app.conversations.reading.charsets import Notes, plain
from app.conversations.reading.headers import decoded
from app.conversations.reading.message import Address

_ANGLE = re.compile(r"<([^<>]*)>[^<>]*$")
MOST = 2_000


def addresses(value: str, notes: Notes, *, most: int = MOST) -> tuple[Address, ...]:
    """The people of a From, To, Cc or Reply-To header. The list is split before encoded words are read."""
    found: list[Address] = []
    for piece in _whole(_pieces(value)):
        if len(found) >= most:
            notes.add("more than 2,000 addresses in one header")
            break
        one = _address(piece, notes)
        if one.name or one.address:
            found.append(one)
    return tuple(found)


def _pieces(value: str) -> Iterator[str]:
    """Cut at commas, semicolons and the colon after a group's name; not in quotes, comments, brackets."""
    start, quoted, angle, depth, escaped = 0, False, False, 0, False
    for place, letter in enumerate(value):
        if escaped or letter == "\\":
            escaped = not escaped
        elif letter == '"' and not depth:
            quoted = not quoted
        elif quoted:
            continue
        elif letter in "()":
            depth = max(0, depth + (1 if letter == "(" else -1))
        elif letter in "<>" and not depth:
            angle = letter == "<"
        elif letter in ",;:" and not depth and not angle:
            if letter != ":":
                yield value[start:place] + letter
            start = place + 1
    yield value[start:]


def _whole(pieces: Iterator[str]) -> Iterator[str]:
    """Pieces joined again where a comma stood inside an unquoted name: Doe, John <john@example.org>."""
    kept: list[str] = []
    for piece in pieces:
        kept.append(piece)
        if "@" in piece or not piece.endswith(",") or len(kept) > 5:
            yield "".join(kept).rstrip(",;")
            kept = []
    yield "".join(kept).rstrip(",;")


def _address(piece: str, notes: Notes) -> Address:
    if angle := _ANGLE.search(piece):
        name, address = piece[: angle.start()], angle[1]
        name = name if name.strip() else _comment(piece[angle.end(1) + 1 :])
    else:
        name, address = _comment(piece), re.sub(r"\([^()]*\)", "", piece)
    address = re.sub(r"\s+", "", plain(address))
    if "@" not in address and not name.strip():
        name, address = address if angle else piece, ""
    return Address(name=_name(name, notes), address=address[:320] if "@" in address else "")


def _name(text: str, notes: Notes) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = re.sub(r"\\(.)", r"\1", text[1:-1])
    return re.sub(r"\s+", " ", decoded(text, notes)).strip(" \"'")[:300]


def _comment(text: str) -> str:
    found = re.search(r"\(([^()]*)\)", text)
    return found[1] if found else ""
