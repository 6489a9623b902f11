"""What the agent goes through in the call, in this order; identity is confirmed only when every item is a yes.

After BaFin circular 3/2017, ETSI TS 119 461 and FATF's guidance on digital identity.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask_babel import gettext, lazy_gettext

from app.dossiers.models import Dossier
from app.kernel.clock import JAKARTA, now
from app.kernel.locale import day


@dataclass(frozen=True)
class Item:
    """One point of the checklist."""

    key: str
    label: object
    help: object


ITEMS = (
    Item(
        "before",
        lazy_gettext("Before the call"),
        lazy_gettext("I am in a private room, and no document has expired by today."),
    ),
    Item(
        "consent",
        lazy_gettext("Consent"),
        lazy_gettext(
            "I said my name and the time; the applicant agreed to the identification. A no ends the call."
        ),
    ),
    Item(
        "quality",
        lazy_gettext("Quality"),
        lazy_gettext(
            "Light, picture and sound are good; the applicant is alone, unprompted, without a virtual background."
        ),
    ),
    Item(
        "purpose",
        lazy_gettext("Purpose"),
        lazy_gettext("The applicant said in their own words what they are getting, and for which employer."),
    ),
    Item(
        "passport",
        lazy_gettext("Passport"),
        lazy_gettext(
            "Tilted, undamaged, three security features seen; number read aloud, name, birth date and expiry match."
        ),
    ),
    Item(
        "kitas",
        lazy_gettext("KITAS"),
        lazy_gettext(
            "Number and expiry match, the name is that of the passport, the sponsor is the HR letter's company."
        ),
    ),
    Item(
        "face",
        lazy_gettext("Face"),
        lazy_gettext(
            "The face is that of the passport and the selfie; the applicant made the gesture I asked for."
        ),
    ),
    Item(
        "plausibility",
        lazy_gettext("Plausibility"),
        lazy_gettext("Two unexpected questions were answered well: age, employer's address, manager's name."),
    ),
    Item(
        "phone",
        lazy_gettext("Phone"),
        lazy_gettext(
            "The applicant said the registered phone number; it is the one on file and was within reach."
        ),
    ),
    Item(
        "education",
        lazy_gettext("Education"),
        lazy_gettext("Explained: who holds the key, revocation, one year, the price, ten signatures."),
    ),
)
KEYS = tuple(item.key for item in ITEMS)


Expected = list[tuple[object, str]]


def expected(dossier: Dossier) -> dict[str, Expected]:
    """The values on file to compare with, for each item that has any: lists of (label, value)."""
    born = (lazy_gettext("Born"), _born(dossier.birth_date))
    return {
        "purpose": [(lazy_gettext("Employer"), dossier.company)],
        "passport": [
            (lazy_gettext("Name"), dossier.applicant),
            (lazy_gettext("Number"), dossier.passport_number),
            (lazy_gettext("Born"), day(dossier.birth_date)),
            (lazy_gettext("Expires"), day(dossier.passport_expires_on)),
        ],
        "kitas": [
            (lazy_gettext("Number"), dossier.kitas_number),
            (lazy_gettext("Expires"), day(dossier.kitas_expires_on)),
            (lazy_gettext("Sponsor"), dossier.company),
        ],
        "plausibility": [born, (lazy_gettext("Employer"), dossier.company)],
        "phone": [(lazy_gettext("Number"), dossier.phone or "")],
    }


def _born(birth_date: date | None) -> str:
    """The date and the age today in Jakarta, because the age is what the agent asks for."""
    if birth_date is None:
        return ""
    today = now().astimezone(JAKARTA).date()
    had_no_birthday = (today.month, today.day) < (birth_date.month, birth_date.day)
    years = today.year - birth_date.year - had_no_birthday
    return gettext("%(date)s (%(years)s years old)", date=day(birth_date), years=years)
