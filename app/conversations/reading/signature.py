"""Where the signature of a letter begins."""

from app.conversations.reading.signature_words import CLOSING, DEVICE, DISCLAIMER, POSTSCRIPT

_MARKS = ("--", "-- ", "—", "– ", "__", "___", "-----", "--\xa0", "***")
_MOST_LINES, _LONGEST_LINE = 14, 100
_MOST_MARKED_LINES = 40


def signature_start(lines: list[str], *, alone: bool) -> int | None:
    """The place where the signature begins in a stretch of a person's own lines, None without one.

    `alone` tells that the letter has no other own lines: then a closing phrase that leaves nothing of it stays.
    """
    filled = [place for place, line in enumerate(lines) if line.strip()]
    if not filled:
        return None
    found = [
        place
        for place in (_marked(lines, filled), _closed(lines, filled), _device(lines, filled))
        if place is not None
    ]
    # The signature is the longest that holds; but a letter is never folded away whole, unless a program's mark says so.
    for place in sorted(found):
        if any(one < place for one in filled) or not alone or lines[place].rstrip() in _MARKS[:2]:
            return place
    return None


def _marked(lines: list[str], filled: list[int]) -> int | None:
    """A line of two dashes (RFC 3676, 4.3), or what people take for one."""
    last = filled[-_MOST_MARKED_LINES - 1 :]
    for number, place in enumerate(last, 1):
        if lines[place] in ("--", "-- ", "--\xa0"):
            return place
        below = [lines[one] for one in last[number:]]
        if lines[place].strip() in _MARKS[2:] and below and _looks_signed(below):
            return place
    return None


def _closed(lines: list[str], filled: list[int]) -> int | None:
    """A closing phrase with nothing below it but names, places and notices."""
    last = filled[-_MOST_LINES - 1 :]
    for number, place in enumerate(last, 1):
        below = [lines[one] for one in last[number:]]
        if CLOSING.fullmatch(lines[place].strip()) and _looks_signed(below):
            return place
    return None


def _device(lines: list[str], filled: list[int]) -> int | None:
    line = lines[filled[-1]].strip()
    return filled[-1] if len(line) < _LONGEST_LINE and DEVICE.fullmatch(line) else None


def _looks_signed(below: list[str]) -> bool:
    """Short lines that ask nothing and add nothing; a lawyers' notice may be long."""
    for line in below:
        if DISCLAIMER.search(line):
            return True
        if len(line) > _LONGEST_LINE or _says_something(line.strip()):
            return False
    return len(below) <= _MOST_LINES


def _says_something(line: str) -> bool:
    if line.endswith(("?", "？", "؟")) or POSTSCRIPT.match(line):
        return True
    return CLOSING.fullmatch(line) is None and _is_sentence(line)


def _is_sentence(line: str) -> bool:
    """Several words that end like a sentence: no name, title or address does."""
    return (len(line.split()) > 5 or len(line) > 60) and line.endswith((".", "!", "。", "！", "।", ":"))
