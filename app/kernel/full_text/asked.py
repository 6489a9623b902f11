"""What a person typed as a question to the index. Whatever it is, the answer is a question or none, never an error.

`words beside each other` must all occur · `"a phrase"` in this order, exactly · `-word` must not occur · `one OR other` ·
the last word may be a beginning. Numbers and addresses are found in whatever spelling.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.kernel.full_text import phones
from app.kernel.full_text.stems import Stems, stems_and_silent
from app.kernel.full_text.vector import kind_lexeme, quoted
from app.kernel.full_text.words import Compound, Piece, compact, compounds

MOST_TERMS = 16
# Shorter beginnings stand in most texts: they are looked for as whole words.
SHORTEST_BEGINNING = 3
# A number typed with spaces, such as a passport's, is at most so long and has at least so many signs.
NUMBER_SIGNS = range(5, 41)
OR = "OR"

_QUOTES = re.compile(r"[“”„«»]")
_TOKEN = re.compile(r'(?P<minus>(?<!\S)-)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')


@dataclass(frozen=True)
class Term:
    """One thing asked for. `phrase` was quoted, `number` is a telephone number, `open` may go on after its end."""

    text: str
    without: bool = False
    phrase: bool = False
    number: bool = False
    open: bool = False


@dataclass(frozen=True)
class Asked:
    """A question. `must` are alternatives, one of each has to occur; `compact` is all of it as one number, or None."""

    must: tuple[tuple[Term, ...], ...]
    without: tuple[Term, ...]
    compact: str | None
    stems: Stems

    @property
    def terms(self) -> tuple[Term, ...]:
        """What has to occur, for marking it."""
        return tuple(term for choice in self.must for term in choice)

    def query(self, kind: str) -> str:
        """The tsquery that finds this in things of one kind."""
        parts = [_any(_query(term, self.stems) for term in choice) for choice in self.must]
        found = " & ".join(part for part in parts if part)
        if self.compact:
            found = f"({found}) | {quoted(self.compact)}"
        absent = "".join(f" & !({query})" for term in self.without if (query := _query(term, self.stems)))
        return f"{quoted(kind_lexeme(kind))} & ({found}){absent}"


def asked(text: str) -> Asked | None:
    """The question in a text, or None when nothing is asked that an index can answer: no word, or a single letter.

    Needs the database for stems.
    """
    terms = list(_terms(_QUOTES.sub('"', text)))[: 2 * MOST_TERMS]
    without = tuple(term for term in terms if term.without)
    choices = _choices([term for term in terms if not term.without])[:MOST_TERMS]
    said = [term for choice in choices for term in choice if not term.phrase] + list(without)
    stems, silent = stems_and_silent(piece.word for term in said for piece in _pieces(term))
    must = _telling(choices, silent)
    if not must:
        return None
    if not terms[-1].without:
        must = _opened(must)
    number = "" if without or any(len(one) > 1 or one[0].phrase for one in must) else compact(text)
    is_number = len(must) > 1 and len(number) in NUMBER_SIGNS and any(sign.isdigit() for sign in number)
    return Asked(tuple(must), without, number if is_number else None, stems)


def _terms(text: str) -> Iterator[Term]:
    for found in _TOKEN.finditer(_with_numbers(text)):
        without = bool(found["minus"])
        if found["phrase"] is not None:
            yield Term(found["phrase"], without, phrase=True)
        elif found["word"] == OR and not without:
            yield Term(OR)
        elif _GLUE in found["word"]:
            yield Term(found["word"].replace(_GLUE, " ").strip(), without, number=True)
        else:
            yield Term(found["word"], without)


# Stands for the spaces inside of a telephone number while the rest is cut at its spaces; no text can hold it.
_GLUE = "\0"


def _with_numbers(text: str) -> str:
    """The text with every telephone number outside of quotes as one word."""
    parts = text.replace(_GLUE, " ").split('"')
    for place in range(0, len(parts), 2):
        for start, end, _forms in reversed(list(phones.numbers(parts[place]))):
            number = re.sub(r"\s", _GLUE, parts[place][start:end])
            parts[place] = f"{parts[place][:start]}{_GLUE}{number}{parts[place][end:]}"
    return '"'.join(parts)


def _choices(terms: Sequence[Term]) -> list[tuple[Term, ...]]:
    """Terms that OR joins, together; an OR without two sides says nothing."""
    choices: list[tuple[Term, ...]] = []
    joins = False
    for term in terms:
        if term == Term(OR):
            joins = bool(choices)
        elif _pieces(term):
            choices[-1:] = [(*choices[-1], term)] if joins else [*choices[-1:], (term,)]
            joins = False
    return choices


def _telling(choices: list[tuple[Term, ...]], silent: frozenset[str]) -> list[tuple[Term, ...]]:
    """Without words that stand everywhere, unless there is nothing else; nothing when only single letters are left."""
    telling = [one for one in choices if len(one) > 1 or _plain_word(one[0]) not in silent] or choices
    return telling if any(_weighs(term) for one in telling for term in one) else []


def _weighs(term: Term) -> bool:
    """Whether a term is more than single letters; a Chinese character is."""
    found = list(compounds(term.text))
    return any(len(one.whole or one.pieces[0].word) > 1 or one.pieces[0].pair for one in found)


def _plain_word(term: Term) -> str | None:
    pieces = _pieces(term)
    return pieces[0].word if len(pieces) == 1 and not term.phrase else None


def _opened(choices: list[tuple[Term, ...]]) -> list[tuple[Term, ...]]:
    """The last word may be the beginning of one."""
    *before, last = choices[-1]
    return [*choices[:-1], (*before, last if last.phrase else replace(last, open=True))]


def _pieces(term: Term) -> list[Piece]:
    return [piece for compound in compounds(term.text) for piece in compound.pieces]


def _query(term: Term, stems: Stems) -> str:
    found = list(compounds(term.text))
    if not found:
        return ""
    if term.phrase:
        return _in_order([piece for compound in found for piece in compound.pieces])
    words = " & ".join(_compound(compound, term, stems, ends=compound is found[-1]) for compound in found)
    if not term.number:
        return f"({words})"
    return _any([*(_lexeme(form, term.open) for form in sorted(phones.forms(term.text))), f"({words})"])


def _compound(compound: Compound, term: Term, stems: Stems, *, ends: bool) -> str:
    goes_on = term.open and ends
    if len(compound.pieces) == 1 and not compound.pieces[0].pair:
        word = compound.pieces[0].word
        return _any([_lexeme(word, goes_on), *map(quoted, sorted(stems.get(word, ())))])
    ordered = _in_order(list(compound.pieces), goes_on=goes_on)
    return _any([_lexeme(compound.whole, goes_on), ordered]) if compound.whole else ordered


def _in_order(pieces: list[Piece], *, goes_on: bool = False) -> str:
    """Words one after the other. A run of characters without spaces may be a part of a longer one."""
    if len(pieces) > 1 and pieces[-1].last and not pieces[-2].last and pieces[-2].pair:
        pieces = pieces[:-1]
    *before, end = pieces
    last = f"{quoted(end.word)}:*" if end.last else _lexeme(end.word, goes_on)
    return "(" + " <-> ".join([*(quoted(piece.word) for piece in before), last]) + ")"


def _lexeme(word: str, goes_on: bool) -> str:
    return f"{quoted(word)}:*" if goes_on and len(word) >= SHORTEST_BEGINNING else quoted(word)


def _any(queries: Iterable[str]) -> str:
    kept = [query for query in queries if query]
    return f"({' | '.join(kept)})" if len(kept) > 1 else "".join(kept)
