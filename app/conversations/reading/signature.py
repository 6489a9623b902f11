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
    for place in filled:
        if (
            lines[place] in ("--", "-- ", "--\xa0")
            and sum(one > place for one in filled) <= _MOST_MARKED_LINES
        ):
            return place
    for place in filled:
        below = [lines[one] for one in filled if one > place]
        if lines[place].strip() in _MARKS[2:] and below and _looks_signed(below):
            return place
    return None


def _closed(lines: list[str], filled: list[int]) -> int | None:
    """A closing phrase with nothing below it but names, places and notices."""
    for place in filled[-_MOST_LINES - 1 :]:
        if CLOSING.fullmatch(lines[place].strip()) and _looks_signed(
            [lines[one] for one in filled if one > place]
        ):
            return place
    return None


def _device(lines: list[str], filled: list[int]) -> int | None:
    last = filled[-1]
    return last if len(lines[last]) < _LONGEST_LINE and DEVICE.fullmatch(lines[last].strip()) else None


def _looks_signed(below: list[str]) -> bool:
    """Short lines that ask nothing and add nothing; a lawyers' notice may be long."""
    for place, line in enumerate(below):
        if DISCLAIMER.search(line):
            return place <= _MOST_LINES
        if (
            len(line) > _LONGEST_LINE
            or line.rstrip().endswith(("?", "？", "؟"))
            or POSTSCRIPT.match(line.strip())
        ):
            return False
        if CLOSING.fullmatch(line.strip()) is None and _is_sentence(line):
            return False
    return len(below) <= _MOST_LINES


def _is_sentence(line: str) -> bool:
    """Several words that end like a sentence: no name, title or address does."""
    line = line.strip()
    return (len(line.split()) > 5 or len(line) > 60) and line.endswith((".", "!", "。", "！", "।", ":"))
