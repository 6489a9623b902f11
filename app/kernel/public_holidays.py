"""Indonesia's public holidays and joint leave (cuti bersama), as the library `holidays` knows them.

The government fixes both for a year by a joint decree of three ministers (SKB 3 Menteri) in the autumn before. Until the
library knows the decree, days that follow the moon are computed and marked as estimated, and joint leave is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from holidays import country_holidays

COUNTRY = "ID"
LANGUAGES = {"en": "en_US", "id": "id"}
# How the library marks a name, by language.
ESTIMATED = {"en": " (estimated)", "id": " (perkiraan)"}
Kind = Literal["public", "joint_leave", "extra"]
CATEGORIES: dict[Kind, str] = {"public": "public", "joint_leave": "government"}


@dataclass(frozen=True, kw_only=True)
class Holiday:
    """One day off. `names` has en and id; an estimated day may move by one or two."""

    on: date
    kind: Kind
    names: dict[str, str]
    estimated: bool


@cache
def holidays_of(year: int) -> dict[date, Holiday]:
    """The days off of a year, in order. A public holiday hides joint leave on the same day."""
    leave, public = _of_kind("joint_leave", year), _of_kind("public", year)
    return dict(sorted({**leave, **public}.items()))


def joint_leave_known(year: int) -> bool:
    """Whether the year's joint leave is known: since 2002 no year has been without any."""
    return any(holiday.kind == "joint_leave" for holiday in holidays_of(year).values())


def _of_kind(kind: Kind, year: int) -> dict[date, Holiday]:
    by_language = {short: _named(kind, year, language) for short, language in LANGUAGES.items()}
    return {
        on: Holiday(
            on=on,
            kind=kind,
            names={short: found[on].replace(ESTIMATED[short], "") for short, found in by_language.items()},
            estimated=ESTIMATED["en"] in english,
        )
        for on, english in by_language["en"].items()
    }


def _named(kind: Kind, year: int, language: str) -> dict[date, str]:
    found = country_holidays(
        COUNTRY, years=year, language=language, categories=(CATEGORIES[kind],), expand=False
    )
    return dict(found.items())
