"""Why a document is asked for again; the codes are stored and name the sentences of the letter."""

from __future__ import annotations

from enum import StrEnum

from flask_babel import lazy_gettext

from app.documents.kinds import DocumentKind


class RefusalReason(StrEnum):
    """A reason the applicant is told; OTHER needs words of the agent's own."""

    WRONG_KIND = "wrong_kind"
    NAME_DIFFERS = "name_differs"
    BAD_QUALITY = "bad_quality"
    GLARE = "glare"
    CUT_OFF = "cut_off"
    MISSING_PAGE = "missing_page"
    EXPIRED = "expired"
    PASSWORD_PROTECTED = "password_protected"  # noqa: S105 - a reason, no password
    UNREADABLE = "unreadable"
    COPY = "copy"
    NOT_SIGNED = "not_signed"
    COMPANY_DIFFERS = "company_differs"
    MISSING = "missing"
    OTHER = "other"


LABELS = {
    RefusalReason.WRONG_KIND: lazy_gettext("Wrong kind of document"),
    RefusalReason.NAME_DIFFERS: lazy_gettext("The name does not match"),
    RefusalReason.BAD_QUALITY: lazy_gettext("Bad picture quality"),
    RefusalReason.GLARE: lazy_gettext("Glare"),
    RefusalReason.CUT_OFF: lazy_gettext("Cut off"),
    RefusalReason.MISSING_PAGE: lazy_gettext("A page is missing"),
    RefusalReason.EXPIRED: lazy_gettext("Expired or about to expire"),
    RefusalReason.PASSWORD_PROTECTED: lazy_gettext("Protected by a password"),
    RefusalReason.UNREADABLE: lazy_gettext("The file cannot be read"),
    RefusalReason.COPY: lazy_gettext("A screenshot or a photocopy"),
    RefusalReason.NOT_SIGNED: lazy_gettext("Not signed, or no letterhead"),
    RefusalReason.COMPANY_DIFFERS: lazy_gettext("The company differs"),
    RefusalReason.MISSING: lazy_gettext("Not received yet"),
    RefusalReason.OTHER: lazy_gettext("Other (write what)"),
}

_LETTER_ONLY = {RefusalReason.NOT_SIGNED}
_NOT_FOR_SELFIE = {RefusalReason.EXPIRED, RefusalReason.MISSING_PAGE, RefusalReason.COMPANY_DIFFERS}


def reasons_for(kind: str) -> list[RefusalReason]:
    """The reasons that make sense for a document of this kind that is there, in the order of the screen."""
    unfit = {RefusalReason.MISSING}
    if kind != DocumentKind.HR_LETTER:
        unfit |= _LETTER_ONLY
    if kind == DocumentKind.SELFIE:
        unfit |= _NOT_FOR_SELFIE
    return [reason for reason in RefusalReason if reason not in unfit]
