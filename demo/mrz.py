"""The machine readable zone of an invented passport, by ICAO 9303 part 4 (TD3: two lines of 44 characters)."""

from __future__ import annotations

from datetime import date

from demo.person import Person

VALUES = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {
    "<": 0
}
WIDTH = 44
STATE = "UTO"


def check_digit(text: str) -> str:
    """The check digit of part 3, 4.9: weights 7, 3, 1 over the characters' values, modulo 10."""
    weights = (7, 3, 1)
    return str(sum(VALUES[character] * weights[place % 3] for place, character in enumerate(text)) % 10)


def passport_lines(person: Person) -> tuple[str, str]:
    """The two lines of the passport's data page."""
    names = f"P<{STATE}{person.surname}<<{person.given_names}".replace(" ", "<")
    number = person.passport_number.ljust(9, "<")
    born, expires = _day(person.born), _day(person.passport_expires)
    optional = "<" * 14
    digits = [check_digit(field) for field in (number, born, expires, optional)]
    checked = number + digits[0] + born + digits[1] + expires + digits[2] + optional + digits[3]
    head = number + digits[0] + STATE + born + digits[1] + person.sex + expires + digits[2]
    return names[:WIDTH].ljust(WIDTH, "<"), head + optional + digits[3] + check_digit(checked)


def _day(day: date) -> str:
    return f"{day:%y%m%d}"
