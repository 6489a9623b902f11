"""The kind of a file is guessed from its name, in English and Indonesian."""

import pytest

from app.documents.guess import guess_kind
from app.documents.kinds import DocumentKind


@pytest.mark.parametrize(
    ("filename", "kind"),
    [
        ("passport.pdf", "passport"),
        ("Passport_Scan (2).JPG", "passport"),
        ("PassportScan.jpeg", "passport"),
        ("paspor budi.pdf", "passport"),
        ("PASPOR1.heic", "passport"),
        ("foto paspor.jpg", "passport"),
        ("KITAS.pdf", "kitas"),
        ("e-ITAS 2025.pdf", "kitas"),
        ("ITAP_front.png", "kitas"),
        ("Izin Tinggal Terbatas.pdf", "kitas"),
        ("stay-permit.pdf", "kitas"),
        ("KITASJohn.pdf", "kitas"),
        ("HR letter.pdf", "hr_letter"),
        ("HR Letter for KITAS holder.pdf", "hr_letter"),
        ("surat_keterangan_kerja.docx", "hr_letter"),
        ("Employment-Letter-PT-Maju.pdf", "hr_letter"),
        ("reference.pdf", "hr_letter"),
        ("selfie.jpg", "selfie"),
        ("selfie with passport.jpg", "selfie"),
        ("swafoto.png", "selfie"),
        ("Foto Diri.jpg", "selfie"),
        ("face.jpeg", "selfie"),
        ("IMG_2034.jpg", "other"),
        ("surface plan.pdf", "other"),
        ("three.pdf", "other"),
        ("", "other"),
        ("護照.pdf", "other"),
    ],
)
def test_the_name_tells_the_kind(filename: str, kind: str) -> None:
    assert guess_kind(filename, "application/octet-stream")[0] == kind


def test_the_reason_is_the_words_that_told() -> None:
    assert guess_kind("Surat-Keterangan Kerja.pdf", "application/pdf") == (
        DocumentKind.HR_LETTER,
        "surat keterangan",
    )
    assert guess_kind("scan.pdf", "application/pdf") == (DocumentKind.OTHER, "")


def test_two_kinds_in_one_name_go_by_the_first() -> None:
    assert guess_kind("passport and kitas.pdf", "application/pdf")[0] == "passport"
    assert guess_kind("kitas_passport.pdf", "application/pdf")[0] == "kitas"


def test_what_only_came_along_with_the_mail_is_never_a_paper() -> None:
    assert guess_kind("passport.ics", "text/calendar")[0] == "other"
    assert guess_kind("Passport.eml", "message/rfc822")[0] == "other"
