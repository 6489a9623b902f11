"""Telephone numbers, however they are spelt: +62 812-3456-7890, 0812 3456 7890 and 628123456789 are one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

from app.kernel.full_text.words import fold

FEWEST_DIGITS = 7
HOME = "62"
# Digits with at most two signs between them; never a part of a longer row of digits.
_NUMBER = re.compile(r"(?<![\w+])(?:\+|00)?\(?\d(?:[ \u00a0().\-‐‑–/]{0,3}\d){6,15}(?!\w)")
_TRUNK = re.compile(r"\(0\)")


def numbers(text: str) -> Iterator[tuple[int, int, frozenset[str]]]:
    """Each number with its place and its forms: all digits with the country's, and those used inside the country.

    A number without a country's code is taken as Indonesian.
    """
    for found in _NUMBER.finditer(text):
        yield found.start(), found.end(), forms(found[0])


def forms(number: str) -> frozenset[str]:
    """The digits under which a number is kept and looked for."""
    plain = fold(_TRUNK.sub("", number)).strip(" (\u00a0")
    digits = re.sub(r"\D", "", plain)
    if plain.startswith("+") or digits.startswith("00"):
        full = digits.removeprefix("00") if not plain.startswith("+") else digits
        return frozenset({full, _national(full)})
    if digits.startswith("0"):
        return frozenset({HOME + digits[1:], digits[1:]})
    if digits.startswith(HOME) and len(digits) > 9:
        return frozenset({digits, digits.removeprefix(HOME)})
    return frozenset({digits})


def _national(full: str) -> str:
    try:
        return str(phonenumbers.parse(f"+{full}").national_number)
    except phonenumbers.NumberParseException:
        return full
