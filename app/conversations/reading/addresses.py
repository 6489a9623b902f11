"""Address headers into names and addresses.

Own code, because the standard library's reader raises on nested comments, takes an encoded name for syntax,
and in the supported Python versions gives a wrong address for some forged ones (CVE-2023-27043).
"""

import re
from collections.abc import Iterator

from app.conversations.reading.charsets import Notes, plain
from app.conversations.reading.headers import decoded
from app.conversations.reading.message import Address

_LONGEST_NAME = 2_000
_NOT_BARE = re.compile(r"[<>()\"]")
_QUOTED = re.compile(r'"((?:\\.|[^"\\])*)"')
# The routes of RFC 822 and what web pages put before an address.
_BEFORE = re.compile(r"^(?:@[^:]{1,300}:|mailto:)", re.IGNORECASE)
_ANGLE = re.compile(r"<([^<>]*)>[^<>]*$")
MOST = 2_000


def addresses(value: str, notes: Notes, *, most: int = MOST) -> tuple[Address, ...]:
    """The people of a From, To, Cc or Reply-To header. The list is split before encoded words are read."""
    found: list[Address] = []
    for piece in _whole(_pieces(value)):
        if len(found) >= most:
            notes.add("more than 2,000 addresses in one header")
            break
        for single in _apart(piece):
            one = _address(single, notes)
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
        if not kept and not piece.strip(" \t,;"):
            continue
        kept.append(piece)
        if "@" in piece or not piece.endswith(",") or len(kept) > 5:
            yield "".join(kept).rstrip(",;")
            kept = []
    yield "".join(kept).rstrip(",;")


def _apart(piece: str) -> list[str]:
    """Bare addresses with nothing but white space between them, each for itself."""
    words = piece.split()
    return (
        words
        if len(words) > 1 and all("@" in word and not _NOT_BARE.search(word) for word in words)
        else [piece]
    )


def _address(piece: str, notes: Notes) -> Address:
    if angle := _ANGLE.search(piece):
        name, address = piece[: angle.start()], angle[1]
        name = name if name.strip() else _comment(piece[angle.end(1) + 1 :])
    else:
        name, address = _comment(piece), re.sub(r"\([^()]*\)", "", piece)
    address = _BEFORE.sub("", re.sub(r"\s+", "", plain(address)))
    if "@" not in address and not name.strip():
        name, address = address if angle else piece, ""
    return Address(name=_name(name, notes), address=address[:320] if "@" in address else "")


def _name(text: str, notes: Notes) -> str:
    text = _QUOTED.sub(lambda quoted: re.sub(r"\\(.)", r"\1", quoted[1]), text.strip()[:_LONGEST_NAME])
    return re.sub(r"\s+", " ", decoded(text, notes)).strip(" \"'")[:300]


def _comment(text: str) -> str:
    found = re.search(r"\(([^()]*)\)", text)
    return found[1] if found else ""
