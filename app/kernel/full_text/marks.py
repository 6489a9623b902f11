"""The hits in a text. A text is given as pieces, (words, whether they are a hit): who shows it escapes each of them, so
nothing that somebody wrote can become markup or a mark.

PostgreSQL's ts_headline is not used: it would see neither a folded accent nor a pair of characters, and it puts its marks
into the text as text.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.kernel.full_text import phones
from app.kernel.full_text.asked import SHORTEST_BEGINNING, Asked, Term
from app.kernel.full_text.stems import Stems, stems_of
from app.kernel.full_text.words import compounds

Pieces = list[tuple[str, bool]]
# Further in a long text is not looked for marks.
MOST_CHARACTERS = 60_000
EXCERPT = 220
MOST_WINDOWS = 400
LEAD = 60


@dataclass(frozen=True)
class _Wanted:
    """What counts as a hit, and which term of the question it belongs to."""

    exact: dict[str, int]
    beginnings: tuple[tuple[str, int], ...]
    stems: dict[str, int]
    numbers: tuple[tuple[str, int, bool], ...]

    def term_of(self, word: str, stems: Stems) -> int | None:
        """The term that this word of a text answers, or None."""
        if word in self.exact:
            return self.exact[word]
        for beginning, term in self.beginnings:
            if word.startswith(beginning):
                return term
        return next((self.stems[one] for one in (word, *stems.get(word, ())) if one in self.stems), None)


class Marker:
    """Marks the hits of one question in texts; `texts` are all that will be shown, for one question about their stems."""

    def __init__(self, asked: Asked, texts: Iterable[str | None]) -> None:
        self._wanted = _wanted(asked)
        self._stems = stems_of(_words(texts)) if self._wanted.stems else {}

    def whole(self, text: str) -> Pieces:
        """All of a short text."""
        return _cut(text, self._hits(text), 0, len(text))

    def excerpt(self, text: str, length: int = EXCERPT) -> Pieces:
        """The part of a text with the most different hits, about `length` characters; its beginning without any."""
        hits = self._hits(text)
        start, end = _window(text, hits, length)
        pieces = [(re.sub(r"\s+", " ", piece), hit) for piece, hit in _cut(text, hits, start, end)]
        before, after = "… " if start else "", " …" if end < len(text.rstrip()) else ""
        return [one for one in [(before, False), *pieces, (after, False)] if one[0]]

    def hits(self, text: str) -> bool:
        """Whether anything in the text is a hit."""
        return bool(self._hits(text))

    def _hits(self, text: str) -> list[tuple[int, int, int]]:
        """Start, end and term of each hit, in order, without overlaps."""
        found = sorted(self._all_hits(text[:MOST_CHARACTERS]))
        merged: list[tuple[int, int, int]] = []
        for start, end, term in found:
            if merged and start < merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]), merged[-1][2])
            else:
                merged.append((start, end, term))
        return merged

    def _all_hits(self, text: str) -> Iterator[tuple[int, int, int]]:
        wanted = self._wanted
        for compound in compounds(text):
            if compound.whole in wanted.exact:
                yield compound.start, compound.end, wanted.exact[compound.whole]
                continue
            hits = [
                (piece.start, piece.end, term)
                for piece in compound.pieces
                if (term := wanted.term_of(piece.word, self._stems)) is not None
            ]
            if not hits and compound.whole and (term := wanted.term_of(compound.whole, {})) is not None:
                hits = [(compound.start, compound.end, term)]
            yield from hits
        if wanted.numbers:
            yield from _number_hits(text, wanted)


def _wanted(asked: Asked) -> _Wanted:
    exact: dict[str, int] = {}
    stems: dict[str, int] = {}
    beginnings: list[tuple[str, int]] = []
    numbers: list[tuple[str, int, bool]] = []
    for place, term in enumerate(asked.terms):
        if term.number:
            numbers += [(form, place, term.open) for form in phones.forms(term.text)]
        for word, opens, single in _looked_for(term):
            exact.setdefault(word, place)
            if opens:
                beginnings.append((word, place))
            if single and not term.phrase:
                stems.setdefault(word, place)
                stems.update({stem: place for stem in asked.stems.get(word, ()) if stem not in stems})
    if asked.compact:
        exact.setdefault(asked.compact, 0)
    return _Wanted(exact, tuple(beginnings), stems, tuple(numbers))


def _looked_for(term: Term) -> Iterator[tuple[str, bool, bool]]:
    """The words of a term: whether each may go on, and whether it stands alone and so has stems."""
    found = list(compounds(term.text))
    for compound in found:
        opens = term.open and compound is found[-1]
        if compound.whole:
            yield compound.whole, opens and len(compound.whole) >= SHORTEST_BEGINNING, False
        shown = [piece for piece in compound.pieces if not piece.last or len(compound.pieces) == 1]
        for piece in shown:
            goes_on = opens and piece is shown[-1] and len(piece.word) >= SHORTEST_BEGINNING
            yield piece.word, goes_on or piece.last, len(compound.pieces) == 1 and not piece.pair


def _number_hits(text: str, wanted: _Wanted) -> Iterator[tuple[int, int, int]]:
    for start, end, forms in phones.numbers(text):
        for number, term, opens in wanted.numbers:
            if number in forms or (opens and any(form.startswith(number) for form in forms)):
                yield start, end, term
                break


def _words(texts: Iterable[str | None]) -> set[str]:
    return {
        piece.word
        for text in texts
        for compound in compounds((text or "")[:MOST_CHARACTERS])
        for piece in compound.pieces
        if not piece.pair
    }


def _window(text: str, hits: Sequence[tuple[int, int, int]], length: int) -> tuple[int, int]:
    """Where the excerpt begins and ends: at spaces, around the hits of the most terms."""
    if len(text) <= length:
        return 0, len(text)
    starts = [start for start, _end, _term in hits]

    def terms_from(place: int) -> int:
        last = bisect_right(starts, starts[place] + length - LEAD)
        return len({term for _start, _end, term in hits[place:last]})

    best = max(
        range(min(len(starts), MOST_WINDOWS)), key=lambda place: (terms_from(place), -place), default=None
    )
    start = 0 if best is None else max(0, starts[best] - LEAD)
    if start:
        space = re.compile(r"\s").search(text, start, starts[best or 0])
        start = space.end() if space else start
    end = min(len(text), start + length)
    space_after = re.compile(r"\s").search(text, end, end + LEAD)
    return start, space_after.start() if space_after else min(len(text), end + LEAD)


def _cut(text: str, hits: Sequence[tuple[int, int, int]], start: int, end: int) -> Pieces:
    pieces: Pieces = []
    place = start
    first = bisect_left([hit[0] for hit in hits], start)
    for hit_start, hit_end, _term in hits[first:]:
        if hit_start >= end:
            break
        pieces += [(text[place:hit_start], False), (text[hit_start : min(hit_end, end)], True)]
        place = min(hit_end, end)
    return [one for one in [*pieces, (text[place:end], False)] if one[0]]
