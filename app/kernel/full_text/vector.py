"""The words of one thing as the text of a tsvector, with places and weights."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from app.kernel.full_text import phones
from app.kernel.full_text.stems import Stems
from app.kernel.full_text.words import compact, compounds

Weight = Literal["A", "B", "C", "D"]
# Places between two parts, so that no phrase reaches from one into the next.
GAP = 5
LAST_PLACE = 16_383
PLACES_OF_ONE_WORD = 250
# A tsvector holds one megabyte. What is longer than this is a machine's output, not a letter.
MOST_BYTES = 600_000
MOST_CHARACTERS = 1_000_000


@dataclass(frozen=True)
class Described:
    """What is known of one thing: `parts` are texts by weight (A identifies it, B names it, C says, D quotes), `keys`
    are numbers that are looked for as a whole, `at` is its age for ranking."""

    subject_id: int
    at: datetime
    parts: Sequence[tuple[Weight, str | None]]
    keys: Sequence[str | None] = field(default=())


@dataclass
class Words:
    """Lexemes with their places, as they are collected."""

    places: dict[str, list[str]] = field(default_factory=dict)
    bare: set[str] = field(default_factory=set)
    size: int = 0

    def add(self, lexeme: str, place: int, weight: Weight) -> None:
        """One lexeme at a place; nothing once the vector is full."""
        if self.size > MOST_BYTES:
            return
        known = self.places.get(lexeme)
        if known is None:
            known = self.places[lexeme] = []
            self.size += 4 * len(lexeme) + 8
        if len(known) < PLACES_OF_ONE_WORD:
            known.append(f"{min(place, LAST_PLACE)}{weight}")
            self.size += 2


def words_of(described: Described) -> Words:
    """Everything that is said of a thing, before its stems are known."""
    words, place = Words(), 1
    for weight, text in described.parts:
        place = _read(words, (text or "")[:MOST_CHARACTERS], place, weight) + GAP
    for key in described.keys:
        if key and compact(key):
            words.add(compact(key), LAST_PLACE, "A")
    return words


def _read(words: Words, text: str, place: int, weight: Weight) -> int:
    for compound in compounds(text):
        if compound.whole:
            words.add(compound.whole, place, weight)
        for piece in compound.pieces:
            words.add(piece.word, place, weight)
            if not piece.pair:
                words.bare.add(piece.word)
            place += 1
    for _start, _end, forms in phones.numbers(text):
        for form in forms:
            words.add(form, LAST_PLACE, weight)
    return place


def as_vector(words: Words, stems: Stems, *, kind: str) -> str:
    """The literal of the tsvector. A lexeme for the kind itself lets one index answer for each kind alone."""
    for word in words.bare & stems.keys():
        for stem in stems[word]:
            for place in words.places.get(word, ()):
                words.add(stem, int(place[:-1]), place[-1])  # type: ignore[arg-type]  # the last letter is the weight
    lexemes = [f"{quoted(lexeme)}:{','.join(places)}" for lexeme, places in words.places.items()]
    return " ".join([*lexemes, quoted(kind_lexeme(kind))])


def kind_lexeme(kind: str) -> str:
    """What stands in every entry of a kind; no text can hold it, because no word begins so."""
    return f"={kind}"


def quoted(lexeme: str) -> str:
    """A lexeme as tsvector and tsquery read it."""
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def all_words(made: Iterable[Words]) -> set[str]:
    """The words of several things, for one question about their stems."""
    return set().union(*(one.bare for one in made))
