"""What a file probably is, from its name alone.

A guess only sorts the mail: an agent sees it, can change it, and decides on what the pages show.
"""

import re

from app.documents.kinds import DocumentKind

# In order of strength: "selfie with passport" is a selfie, "HR letter for KITAS" is a letter.
_STRONG: tuple[tuple[DocumentKind, tuple[str, ...]], ...] = (
    (DocumentKind.SELFIE, ("selfie", "selfi", "swafoto", "foto diri", "foto wajah", "face", "self portrait")),
    (
        DocumentKind.HR_LETTER,
        (
            "hr letter", "letter from hr", "hrd", "hr", "employment", "employer letter", "company letter",
            "reference", "work letter", "working letter", "surat keterangan", "surat kerja", "skk",
            "surat perusahaan", "surat sponsor", "sponsor letter", "sponsorship letter",
        ),
    ),
)  # fmt: skip
_BY_POSITION: tuple[tuple[DocumentKind, tuple[str, ...]], ...] = (
    (DocumentKind.PASSPORT, ("passport", "passports", "paspor", "pasport", "paspot")),
    (
        DocumentKind.KITAS,
        ("kitas", "kitap", "itas", "itap", "ekitas", "eitas", "izin tinggal", "ijin tinggal", "permit"),
    ),
)
# These come along with a mail and are never one of the papers, whatever they are called.
_NEVER = ("text/calendar", "message/", "application/pkcs7", "application/pgp", "text/vcard", "text/x-vcard")


def guess_kind(filename: str, media_type: str) -> tuple[DocumentKind, str]:
    """The kind of a file and the words of its name that told so ("" when nothing did).

    `filename` as a person sees it, in English or Indonesian; `media_type` like "image/jpeg".
    """
    if media_type.lower().startswith(_NEVER):
        return DocumentKind.OTHER, ""
    name = _words(filename)
    for kind, phrases in _STRONG:
        if found := _first(name, phrases):
            return kind, found[1]
    hits = [(found, kind) for kind, phrases in _BY_POSITION if (found := _first(name, phrases))]
    if not hits:
        return DocumentKind.OTHER, ""
    (_, phrase), kind = min(hits)
    return kind, phrase


def _words(filename: str) -> str:
    """The name in lower case, one space around each word: "PassportScan-2.jpg" is " passport scan 2 "."""
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", filename)
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=\d)(?=\D)|(?<=\D)(?=\d)", " ", stem)
    return " " + " ".join(re.findall(r"[^\W_]+", apart.lower())) + " "


def _first(name: str, phrases: tuple[str, ...]) -> tuple[int, str] | None:
    """Where the earliest of the phrases stands in the name, and which it is."""
    places = [(place, phrase) for phrase in phrases if (place := name.find(f" {phrase} ")) >= 0]
    return min(places) if places else None
