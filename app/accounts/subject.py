"""The rule that makes a certificate's subject from what the passport or the identity card says.

The rule, also written in docs/certificates.md:

* Surname (SN) and given names (GN) stand exactly as printed, diacritics kept (NFC, UTF8String), at most 128
  characters each. RFC 5280 allows 32768 (ub-name); its bounds of 40 and 16 are those of X.400 addresses.
* Who has a single name gets only the attribute that name is printed under; the other one is left out, never
  filled with a dash, a full stop or a repetition.
* Common name (CN) is "given names surname" in at most 64 octets of UTF-8 (ub-common-name, counted strictly).
  When that is too long, given names after the first become initials, the last one first; then the initials
  go, the last one first; then words of the surname go, the last one first; then what is left is cut between
  two characters. SN and GN stay whole, so nothing is lost from the certificate.
* Serial number is `PAS<country>-<number>` for a passport, `IDC<country>-<number>` for an identity card
  (EN 319 412-1, 5.1.3), the number in capitals without spaces, hyphens and fillers.
* Country (C) is the issuing state of that document in two letters.
* Letters, combining marks, spaces and the punctuation of names are let in. Control, format (bidirectional
  marks and joiners among them), unassigned and private characters are refused, and so are digits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _

from app.accounts.countries import alpha_2_of
from app.gateways.certificate_profile import CertificateSubject
from app.kernel.errors import InvalidInput

COMMON_NAME_OCTETS = 64
NAME_CHARACTERS = 128
PUNCTUATION = frozenset(" -\u2010\u2011'\u2018\u2019.,\u00b7/()@")

_DOCUMENT_NUMBER = re.compile(r"[A-Z0-9]{1,24}")
_IDENTITY_CARD_NUMBER = re.compile(r"[0-9]{16}")
_FILLERS = re.compile(r"[\s<\-\u2010\u2011]")


class SubjectRefused(InvalidInput):
    """Raised when the facts make no subject that a certificate may carry; says which of them to mend."""

    default = _("These details cannot be put into a certificate.")


@dataclass(frozen=True, kw_only=True)
class SubjectFacts:
    """What an identity document says about a person, as an agent confirmed it; never printed by repr().

    `country` is the issuing state in two or three letters (one for Germany), `document_number` the passport's
    or the identity card's.
    """

    kind: Literal["foreigner", "individual"]
    surname: str = field(repr=False)
    given_names: str = field(repr=False)
    country: str
    document_number: str = field(repr=False)
    email: str = field(repr=False)


def subject_of(facts: SubjectFacts, *, specimens: bool = False) -> CertificateSubject:
    """The subject for these facts by the rule above, or SubjectRefused.

    `specimens` lets ICAO's Utopia through as XX; only the local mode may set it.
    """
    surname = _name(facts.surname)
    given_name = _name(facts.given_names)
    if not surname and not given_name:
        raise SubjectRefused(_("A surname or a given name is needed."))
    country = _country(facts, specimens)
    return CertificateSubject(
        country=country,
        surname=surname or None,
        given_name=given_name or None,
        common_name=common_name_of(surname, given_name),
        serial_number=_serial_number(facts, country),
        email=_email(facts.email),
    )


def common_name_of(surname: str, given_names: str) -> str:
    """The longest of the rule's forms that fits into 64 octets; one of the two may be empty."""
    forms = list(_forms(surname.split(), given_names.split()))
    return next((form for form in forms if _octets(form) <= COMMON_NAME_OCTETS), None) or _cut(forms[-1])


def _forms(surname: list[str], given: list[str]) -> Iterator[str]:
    yield " ".join(given + surname)
    initials = [_initial(name) for name in given]
    for whole in range(len(given) - 1, 0, -1):
        yield " ".join(given[:whole] + initials[whole:] + surname)
    for kept in range(len(given) - 1, 0, -1):
        yield " ".join(given[:1] + initials[1:kept] + surname)
    for words in range(len(surname) - 1, 0, -1):
        yield " ".join(given[:1] + surname[:words])


def _initial(name: str) -> str:
    end = 1
    while end < len(name) and unicodedata.combining(name[end]):
        end += 1
    return name[:end] + "."


def _cut(text: str) -> str:
    while _octets(text) > COMMON_NAME_OCTETS or text.endswith(" "):
        end = len(text) - 1
        while end > 1 and unicodedata.combining(text[end]):
            end -= 1
        text = text[:end]
    return text


def _octets(text: str) -> int:
    return len(text.encode())


def _name(text: str) -> str:
    name = unicodedata.normalize("NFC", text.strip())
    if not all(_may_stand_in_a_name(character) for character in name):
        raise SubjectRefused(
            _("A name contains a character that a certificate cannot carry. Type it as printed.")
        )
    name = " ".join(name.split())
    if len(name) > NAME_CHARACTERS:
        raise SubjectRefused(_("A name is longer than 128 characters. Type it as printed."))
    if name and unicodedata.category(name[0])[0] == "M":
        raise SubjectRefused(_("A name begins with an accent that stands alone. Type it as printed."))
    if name and not any(unicodedata.category(character)[0] == "L" for character in name):
        raise SubjectRefused(_("A name contains no letter. Leave it empty if the document shows none."))
    return name


def _may_stand_in_a_name(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LM" or category == "Zs" or character in PUNCTUATION


def _country(facts: SubjectFacts, specimens: bool) -> str:
    country = alpha_2_of(facts.country, specimens=specimens)
    if country is None:
        raise SubjectRefused(
            _("The issuing state is not one that a certificate can name. Check the document.")
        )
    if facts.kind == "individual" and country != "ID":
        raise SubjectRefused(_("A KTP is issued by Indonesia only."))
    return country


def _serial_number(facts: SubjectFacts, country: str) -> str:
    number = _FILLERS.sub("", facts.document_number).upper()
    if facts.kind == "individual":
        if not _IDENTITY_CARD_NUMBER.fullmatch(number):
            raise SubjectRefused(_("The number of a KTP (NIK) has 16 digits."))
        return f"IDC{country}-{number}"
    if not _DOCUMENT_NUMBER.fullmatch(number):
        raise SubjectRefused(_("The passport's number may hold only the letters A to Z and digits."))
    return f"PAS{country}-{number}"


def _email(text: str) -> str:
    try:
        checked = validate_email(text.strip(), check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        raise SubjectRefused(_("The e-mail address is not a valid one.")) from None
    return f"{checked.local_part}@{checked.ascii_domain.lower()}"
