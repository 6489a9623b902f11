"""What the agent goes through in the call, in this order; identity is confirmed only when every item is a yes.

After BaFin circular 3/2017, ETSI TS 119 461 and FATF's guidance on digital identity.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import format_date, lazy_gettext

from app.dossiers.models import Dossier


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


def expected(dossier: Dossier) -> dict[str, list[tuple[object, str]]]:
    """The values on file to compare with, for each item that has any: lists of (label, value)."""
    return {
        "purpose": [(lazy_gettext("Employer"), dossier.company)],
        "passport": [
            (lazy_gettext("Name"), dossier.applicant),
            (lazy_gettext("Number"), dossier.passport_number),
            (lazy_gettext("Born"), format_date(dossier.birth_date) if dossier.birth_date else ""),
            (
                lazy_gettext("Expires"),
                format_date(dossier.passport_expires_on) if dossier.passport_expires_on else "",
            ),
        ],
        "kitas": [
            (lazy_gettext("Number"), dossier.kitas_number),
            (
                lazy_gettext("Expires"),
                format_date(dossier.kitas_expires_on) if dossier.kitas_expires_on else "",
            ),
            (lazy_gettext("Sponsor"), dossier.company),
        ],
        "plausibility": [
            (lazy_gettext("Born"), format_date(dossier.birth_date) if dossier.birth_date else "")
        ],
        "phone": [(lazy_gettext("Number"), dossier.phone or "")],
    }
