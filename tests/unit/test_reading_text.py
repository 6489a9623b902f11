"""What is new in a reply, its language, the telephone numbers in it."""

import pytest

from app.conversations.reading import detect_language, phone_numbers, visible_text


@pytest.mark.parametrize(
    "introduction",
    [
        "On Mon, 2 Mar 2026 at 10:00, Xignature <support@xignature.co.id> wrote:",
        "On Mon, 2 Mar 2026 at 10:00, Xignature\n<support@xignature.co.id> wrote:",
        "Pada Sen, 2 Mar 2026 pukul 10.00 Xignature <support@xignature.co.id> menulis:",
        "Pada tanggal 2 Maret 2026, Xignature menulis:",
        "2026年3月2日(月) 10:00 Xignature <support@xignature.co.id>:",
        "-----Original Message-----",
        "----- Pesan Asli -----",
        "---------- Forwarded message ---------",
        "________________________________\nFrom: Xignature <s@x.id>\nSent: Monday\nTo: Anna\nSubject: Papers",
        "*From:* Xignature\n*Sent:* Monday\n*To:* Anna",
        "Dari: Xignature\nDikirim: Senin\nKepada: Anna\nPerihal: Dokumen",
    ],
)
def test_history_is_folded(introduction: str) -> None:
    new, _signature, quoted = visible_text(
        f"Here is my passport.\n\nAnna\n\n{introduction}\n> Dear Anna,\n> please send it."
    )
    assert new.removesuffix("________________________________").strip() == "Here is my passport.\n\nAnna"
    assert "please send it." in quoted


def test_answers_below_and_between_are_new() -> None:
    new, _signature, quoted = visible_text("On 2 Mar 2026, X wrote:\n> When?\nTomorrow.\n> Where?\nHere.")
    assert new == "Tomorrow.\nHere."
    assert "> When?" in quoted
    assert visible_text("> When?\nTomorrow.") == ("Tomorrow.", "", "> When?")


@pytest.mark.parametrize(
    "text", ["", "Hello", "On the 2nd of March I wrote: nothing", "From: Jakarta, with love", "Price > 5\nok"]
)
def test_ordinary_text_stays(text: str) -> None:
    assert visible_text(text) == (text, "", "")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Selamat pagi, saya mohon bantuan untuk aktivasi akun saya. Terima kasih.", "id"),
        ("Dear support, please find attached my passport. Thank you.", "en"),
        ("Bapak/Ibu, terlampir paspor dan KITAS saya", "id"),
        ("", "en"),
        ("12345", "en"),
        ("パスポートを送ります", "en"),
    ],
)
def test_languages(text: str, language: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("HP saya 0812-3456-7890 ya", ["+6281234567890"]),
        ("+62 812 3456 7890 / 081234567890", ["+6281234567890"]),
        ("call +81 3-1234-5678 or (021) 5299 1234", ["+81312345678", "+622152991234"]),
        ("NIK 3171234567890001, born 1990-01-02, passport X1234567", []),
        ("", []),
    ],
)
def test_phone_numbers(text: str, numbers: list[str]) -> None:
    assert phone_numbers(text) == numbers
