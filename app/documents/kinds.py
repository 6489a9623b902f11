"""What a document in a dossier can be."""

from enum import StrEnum


class DocumentKind(StrEnum):
    """The kind of one document; the values are stored and appear in forms, so they never change."""

    PASSPORT = "passport"
    KITAS = "kitas"
    HR_LETTER = "hr_letter"
    SELFIE = "selfie"
    OTHER = "other"
