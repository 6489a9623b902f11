"""A text becomes the same words however it is written; telephone numbers in every spelling are one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.full_text import phones
from app.kernel.full_text.vector import MOST_BYTES, Described, as_vector, words_of
from app.kernel.full_text.words import LONGEST_WORD, compact, compounds, fold


def words(text: str) -> list[str]:
    return [piece.word for compound in compounds(text) for piece in compound.pieces]


def wholes(text: str) -> list[str]:
    return [compound.whole for compound in compounds(text) if compound.whole]


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("José", "jose"),
        ("Jose\u0301", "jose"),
        ("Müller-Weiß", "muller-weiss"),
        ("Nguyễn Thị Ánh Đào", "nguyen thi anh dao"),
        ("Øyvind Łukasz", "oyvind lukasz"),
        ("ＡＢＣ１２", "abc12"),
        ("٠٨١٢", "0812"),
        ("مُحَمَّد", "محمد"),
        ("أحمد", "احمد"),
        ("Ёлкина", "елкина"),
        ("exam\u00adple", "example"),
        ("ด้วย", "ด้วย"),
    ],
)
def test_letters_are_compared_without_case_and_accents(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_scripts_without_spaces_are_cut_into_pairs() -> None:
    assert words("王小明です") == ["王小", "小明", "明で", "です", "す"]
    assert words("老王 好") == ["老王", "王", "好"]
    assert words("ขอบ") == ["ขอ", "อบ", "บ"]
    assert words("PT山田2号") == ["pt", "山田", "田", "2", "号"]


def test_what_stands_together_is_one_word_too() -> None:
    assert wholes("D-7F3K2, Ma'ruf O’Brien and anna.maria@utopia.example!") == [
        "d7f3k2",
        "maruf",
        "obrien",
        "anna.maria@utopia.example",
    ]
    assert words("0a:1B") == ["0a", "1b"] and wholes("0a:1B") == ["0a1b"]
    assert compact(" L8989 02-c3 ") == "l898902c3"


def test_pieces_know_their_place() -> None:
    text = "<b>Señora</b> 王小明"
    for compound in compounds(text):
        for piece in compound.pieces:
            assert fold(text[piece.start : piece.end]) == piece.word


@pytest.mark.parametrize(
    "spelt",
    [
        "+62 812-3456-7890",
        "0812 3456 7890",
        "(0812) 3456.7890",
        "6281234567890",
        "0062 812 3456 7890",
        "+62 (0)812 34567890",
    ],
)
def test_a_number_is_one_in_every_spelling(spelt: str) -> None:
    [(_start, _end, forms)] = phones.numbers(f"Call {spelt}, please.")

    assert forms == {"6281234567890", "81234567890"}


def test_a_foreign_number_is_known_without_its_country() -> None:
    [(_start, _end, forms)] = phones.numbers("+44 20 7946 0958")

    assert "2079460958" in forms & phones.forms("020 7946 0958")


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    for compound in compounds(text):
        assert 0 <= compound.start < compound.end <= len(text)
        assert all(0 < len(piece.word) <= LONGEST_WORD for piece in compound.pieces)
    list(phones.numbers(text))


def test_an_endless_text_still_fits_into_the_index() -> None:
    text = " ".join(f"word{number}é" for number in range(200_000))
    made = words_of(Described(1, datetime.now(UTC), [("C", text), ("D", "a-" * 200_000)]))

    assert len(as_vector(made, {}, kind="message").encode()) < 2 * MOST_BYTES
