"""What an applicant's data must look like; the form and the verb ask the same rules."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Any

import phonenumbers
from flask import current_app
from flask_babel import lazy_gettext

from app.accounts.countries import ALPHA_2, SPECIMEN_ALPHA_3
from app.kernel.clock import JAKARTA, now
from app.kernel.errors import InvalidInput
from app.kernel.forms import CONTROL

LONGEST = 128
OLDEST_YEARS = 120
PASSPORT_YEARS = 15

LABELS: dict[str, Any] = {
    "surname": lazy_gettext("Surname"),
    "given_names": lazy_gettext("Given names"),
    "passport_number": lazy_gettext("Passport number"),
    "passport_country": lazy_gettext("Issuing country"),
    "nationality": lazy_gettext("Nationality"),
    "birth_date": lazy_gettext("Date of birth"),
    "passport_expires_on": lazy_gettext("Passport expires"),
    "kitas_number": lazy_gettext("KITAS number"),
    "kitas_expires_on": lazy_gettext("KITAS expires"),
    "company": lazy_gettext("Company"),
    "phone": lazy_gettext("Phone"),
}


def cleaned(field: str, value: Any) -> Any:
    """One value in the form in which it is kept, or InvalidInput with a sentence. `field` is a key of LABELS."""
    return _RULES[field](value)


def today() -> date:
    """The date in Jakarta."""
    return now().astimezone(JAKARTA).date()


def phone_number(value: str | None) -> str | None:
    """E.164 such as +628123456789, None for nothing; a number without a country's code is taken as Indonesian."""
    text = (value or "").strip()
    if not text:
        return None
    try:
        number = phonenumbers.parse(text, "ID")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise InvalidInput(
            lazy_gettext(
                "This is not a phone number that can be called. Write it with the country's code: +62…"
            )
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def kitas_warning(number: str) -> Any | None:
    """A sentence when a KITAS number looks unusual. Its official grammar is not confirmed, so nothing is refused."""
    usual = re.fullmatch(r"[A-Z0-9-]{6,20}", number) and re.search(r"\d", number)
    if not number or usual:
        return None
    return lazy_gettext("This KITAS number looks unusual. Please compare it with the card once more.")


def _line(value: str | None) -> str:
    text = " ".join(unicodedata.normalize("NFC", value or "").split())
    if CONTROL.search(text):
        raise InvalidInput(lazy_gettext("It contains characters that cannot be shown. Please type it again."))
    if len(text) > LONGEST:
        raise InvalidInput(lazy_gettext("It is longer than 128 characters."))
    return text


def _passport_number(value: str | None) -> str:
    number = re.sub(r"[\s<-]", "", _line(value)).upper()
    if not re.fullmatch(r"[A-Z0-9]{0,9}", number):
        raise InvalidInput(lazy_gettext("A passport number has up to 9 letters and digits."))
    return number


def _country(value: str | None) -> str:
    code = _line(value).strip("< ").upper()
    specimen = code == SPECIMEN_ALPHA_3 and current_app.extensions["desk_settings"].mode == "local"
    if code and code not in ALPHA_2 and not specimen:
        raise InvalidInput(
            lazy_gettext(
                "This is no country's code. Use the letters of the passport's last lines, such as GBR."
            )
        )
    return code


def _kitas_number(value: str | None) -> str:
    return _line(value).upper()


def _birth_date(value: date | None) -> date | None:
    if value is not None and not today().year - OLDEST_YEARS <= value.year <= today().year:
        raise InvalidInput(lazy_gettext("This date of birth cannot be right."))
    if value is not None and value > today():
        raise InvalidInput(lazy_gettext("The date of birth is in the future."))
    return value


def _expiry(value: date | None) -> date | None:
    if value is not None and abs(value.year - today().year) > PASSPORT_YEARS:
        raise InvalidInput(lazy_gettext("This date of expiry cannot be right."))
    return value


_RULES: dict[str, Callable[[Any], Any]] = {
    "surname": _line,
    "given_names": _line,
    "passport_number": _passport_number,
    "passport_country": _country,
    "nationality": _country,
    "birth_date": _birth_date,
    "passport_expires_on": _expiry,
    "kitas_number": _kitas_number,
    "kitas_expires_on": _expiry,
    "company": _line,
    "phone": phone_number,
}
