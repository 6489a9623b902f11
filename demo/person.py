"""An invented applicant of the demo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody from Utopia, with what their documents say about them."""

    name: str
    surname: str
    given_names: str
    sex: str
    born: date
    passport_number: str
    passport_expires: date
    kitas_number: str
    kitas_expires: date
    email: str
    phone: str
    employer: str

    @property
    def printed_name(self) -> str:
        """As Latin documents print it."""
        return f"{self.given_names} {self.surname}".strip()
