"""A text as words: the same for what is indexed, what is asked for and what is marked.

Letters are compared without case and accents. Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese are cut into pairs of
neighbouring characters, because their words have no spaces between them (Korean glues its particles on).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

# Longer ones are cut: no word of a language is that long, and an index has no room for a line of base64.
LONGEST_WORD = 60

# What decomposing leaves whole; German sharp s and the like are the matter of casefold(). The last four are Arabic letters
# that people type in several shapes; the stretching line between letters goes.
_LETTERS: dict[int, Any] = str.maketrans("øđðłħıŋ\u0649\u06cc\u06a9\u0629", "oddlhin\u064a\u064a\u0643\u0647")
_LETTERS |= {ord(one): several for one, several in {"æ": "ae", "œ": "oe", "þ": "th", "\u0640": ""}.items()}
# Accents of Latin, Greek and Cyrillic, points of Hebrew, vowel signs of Arabic. The vowels of Thai and Hindi are letters.
_ACCENTS = re.compile(r"[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u1ab0-\u1aff\u20d0-\u20ff]")
_UNSEEN = "\u00ad\u200b-\u200d\u2060\ufeff"
_INVISIBLE = re.compile(f"[{_UNSEEN}]")
_SPACELESS = (
    "\u0e00-\u0e4f\u0e5a-\u0ecf\u1000-\u103f\u1780-\u17d3\u3041-\u30ff\u3105-\u312f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_RUN = re.compile(f"[{_SPACELESS}]+|[^{_SPACELESS}]+")
_IS_SPACELESS = re.compile(f"[{_SPACELESS}]")


def _marks() -> str:
    """Every combining mark as ranges of a character class: `\\w` leaves them out, and words would fall apart."""
    marks = [code for code in range(0x300, 0x1E000) if unicodedata.category(chr(code))[0] == "M"]
    ranges: list[list[int]] = []
    for code in marks:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


_WORD = rf"[^\W_](?:[^\W_]|[{_marks()}{_UNSEEN}])*"
# What joins the parts of an address, a reference, a serial number or a double name.
_JOINT = r"[.@'’ʼ_\-‐‑+/:&]"
_COMPOUND = re.compile(f"{_WORD}(?:{_JOINT}{_WORD})*")
_SINGLE = re.compile(_WORD)


class Piece(NamedTuple):
    """One word at `start:end` of the text, folded. `pair` is true for two characters of a script without spaces, `last`
    for the single one that ends such a run."""

    start: int
    end: int
    word: str
    pair: bool = False
    last: bool = False


class Compound(NamedTuple):
    """Words that stand together without a space; `whole` is all of them as one word, None when there is only one.

    An e-mail address keeps its points in `whole`; everything else loses what joins it, so that D-7F3K2 is d7f3k2.
    """

    start: int
    end: int
    pieces: tuple[Piece, ...]
    whole: str | None


def fold(text: str) -> str:
    """Without case, accents, width and the shapes of digits; what nobody sees goes."""
    if text.isascii():
        return text.lower()
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", _INVISIBLE.sub("", text)).casefold())
    plain = unicodedata.normalize("NFC", bare).translate(_LETTERS)
    return "".join(str(unicodedata.decimal(one)) if one.isdecimal() else one for one in plain)


@lru_cache(maxsize=20_000)
def _folded_word(text: str) -> str:
    return fold(text)[:LONGEST_WORD]


def compounds(text: str) -> Iterator[Compound]:
    """The words of a text, in order. Linear in its length, whatever it holds."""
    for found in _COMPOUND.finditer(text):
        start, end = found.span()
        # Most words are plain, and most of the indexer's time is spent here.
        if found[0].isascii() and found[0].isalnum():
            yield Compound(start, end, (Piece(start, end, found[0][:LONGEST_WORD].lower()),), None)
            continue
        pieces: list[Piece] = []
        for word in _SINGLE.finditer(text, start, end):
            pieces.extend(_pieces(text, word.start(), word.end()))
        if pieces:
            yield Compound(start, end, tuple(pieces), _whole(found[0], pieces))


def compact(text: str) -> str:
    """Letters and digits only, folded: a number whatever spaces and hyphens it was written with."""
    return "".join(fold(word) for word in _SINGLE.findall(text))[:LONGEST_WORD]


def _whole(text: str, pieces: list[Piece]) -> str | None:
    if len(pieces) == 1 or len(text) > LONGEST_WORD or any(piece.pair for piece in pieces):
        return None
    folded = fold(text)
    return folded if "@" in folded else compact(folded)


def _pieces(text: str, start: int, end: int) -> Iterator[Piece]:
    if not _IS_SPACELESS.search(text, start, end):
        if word := _folded_word(text[start:end]):
            yield Piece(start, end, word)
        return
    for run in _RUN.finditer(text, start, end):
        if _IS_SPACELESS.match(run[0]):
            yield from _pairs(text, run.start(), run.end())
        elif word := _folded_word(run[0]):
            yield Piece(run.start(), run.end(), word)


def _pairs(text: str, start: int, end: int) -> Iterator[Piece]:
    units = [(place, fold(text[place])) for place in range(start, end)]
    units = [unit for unit in units if unit[1]]
    for (place, one), (after, other) in pairwise(units):
        yield Piece(place, after + 1, one + other, pair=True)
    if units:
        place, one = units[-1]
        yield Piece(place, place + 1, one, pair=True, last=True)
