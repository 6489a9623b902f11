"""What is new in a reply, apart from the signature below it and the history that it quotes."""

import re
import unicodedata
from typing import NamedTuple

from app.conversations.reading.quote_words import BLOCK_FIELD, BLOCK_START, DIVIDER, RULE, STARTS, WROTE
from app.conversations.reading.signature import signature_start

_LONGEST = 400
_ENDS = (":", "：", "작성", "작성함", "のメール")
_ADDRESSED = re.compile(r"(?:<[^<>@\s]+@[^<>@\s]+>|\(\S+@\S+\))\s*[:：]$")
# Introductions that the wire broke are tried over so many lines.
_BROKEN_OVER = 3
# Beyond this nothing is looked for: a letter is shorter, and what is not folded is not lost.
_MOST_LINES = 20_000


class Visible(NamedTuple):
    """The three parts of a letter; each line of it with something on it is in exactly one of them, in its order."""

    new: str
    signature: str
    quoted: str


def visible_text(text: str) -> Visible:
    """Split a letter. An answer between or below the quoted lines is new too; "" where there is no such part."""
    lines = text.split("\n")
    quoted = _quoted(lines)
    signed = _signed(lines, quoted)
    new = [line for place, line in enumerate(lines) if place not in quoted and place not in signed]
    return Visible(
        new="\n".join(new).strip(),
        signature="\n".join(lines[place] for place in sorted(signed)).strip(),
        quoted="\n".join(lines[place] for place in sorted(quoted)).strip(),
    )


def _quoted(lines: list[str]) -> set[int]:
    """The places of the lines that belong to the history."""
    marked = {place for place, line in enumerate(lines) if line.startswith(">")}
    start = next(
        (place for place in range(min(len(lines), _MOST_LINES)) if _begins_history(lines, place)), None
    )
    if start is None:
        return marked
    below = [place for place in marked if place >= start]
    if not below:
        return marked | set(range(start, len(lines)))
    # Where history is marked, what stands unmarked among and after it was written now.
    return marked | set(range(start, min(below)))


def _begins_history(lines: list[str], place: int) -> bool:
    line = _bare(lines[place])
    if not line or len(line) > _LONGEST:
        return False
    if RULE.fullmatch(line):
        following = next(
            (one for one in range(place + 1, min(place + 4, len(lines))) if lines[one].strip()), None
        )
        return following is not None and _is_block(lines, following)
    return bool(DIVIDER.fullmatch(line)) or _is_block(lines, place) or _is_introduction(lines, place)


def _is_block(lines: list[str], place: int) -> bool:
    """From, Sent, To, Subject: the head of the earlier letter."""
    if not BLOCK_START.match(_bare(lines[place])):
        return False
    following = [_bare(one) for one in lines[place + 1 : place + 7]]
    return sum(bool(BLOCK_FIELD.match(one)) for one in following) >= 2


def _is_introduction(lines: list[str], place: int) -> bool:
    joined = ""
    for line in lines[place : place + _BROKEN_OVER]:
        bare = _bare(line)
        if not bare or bare.startswith(">") or len(joined) + len(bare) > _LONGEST:
            return False
        joined = f"{joined} {bare}".strip()
        if joined.endswith(_ENDS):
            return _introduces(joined)
    return False


def _introduces(line: str) -> bool:
    """A date or time, so a digit, and "… wrote:" or an address before the colon."""
    if not any(letter.isdigit() for letter in line):
        return False
    lowered = line.lower()
    placed = line.startswith(STARTS) or "@" in line or re.search(r"\d[:.]\d\d|\d{4}", line) is not None
    return (placed and any(_says(lowered, word) for word in WROTE)) or _ADDRESSED.search(line) is not None


def _says(line: str, word: str) -> bool:
    """True when the word stands in the last part of the line; in scripts that know no spaces also inside a word."""
    at = line.rfind(word)
    if at < 0 or len(line) - at - len(word) > 150:
        return False
    around = line[at - 1 : at] + line[at + len(word) : at + len(word) + 1]
    return word[0] >= "\u0e00" or not any(letter.isalpha() for letter in around)


def _bare(line: str) -> str:
    """The line without white space around it, and without the marks of direction that Hebrew and Arabic programs put in."""
    line = line[: _LONGEST * 2].strip()
    if line.isascii():
        return line
    return "".join(one for one in line if unicodedata.category(one) != "Cf").replace("\xa0", " ").strip()


def _signed(lines: list[str], quoted: set[int]) -> set[int]:
    """The places of the lines that belong to a signature: at the end, and before the history."""
    signed: set[int] = set()
    ends = [len(lines)]
    if quoted and min(quoted) > 0:
        ends.append(min(quoted))
    for end in ends:
        begin = end
        while begin > 0 and begin - 1 not in quoted:
            begin -= 1
        rest = any(one.strip() for at, one in enumerate(lines) if at not in quoted and not begin <= at < end)
        start = signature_start(lines[begin:end], alone=not rest)
        if start is not None:
            signed |= set(range(begin + start, end))
    return signed
