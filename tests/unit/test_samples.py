"""The demo's samples: repeatable, complete, and with check digits that hold."""

from __future__ import annotations

import io
from datetime import date
from email.message import EmailMessage

from PIL import Image

from demo import mrz, samples

TODAY = date(2026, 3, 2)


def file_names(message: EmailMessage) -> list[str | None]:
    return [part.get_filename() for part in message.iter_attachments()]


def test_the_check_digit_agrees_with_icao_9303s_own_specimen() -> None:
    fields = {"L898902C3": "6", "740812": "2", "120415": "9", "ZE184226B<<<<<": "1"}
    assert {field: mrz.check_digit(field) for field in fields} == fields


def test_every_drawn_passport_holds() -> None:
    for number in range(40):
        upper, lower = mrz.passport_lines(samples.build(number, "s@x.example", TODAY).person)
        assert len(upper) == len(lower) == 44
        assert set(upper + lower) <= set(mrz.VALUES)
        for start, end in ((0, 9), (13, 19), (21, 27), (28, 42)):
            assert mrz.check_digit(lower[start:end]) == lower[end]
        assert mrz.check_digit(lower[0:10] + lower[13:20] + lower[21:43]) == lower[43]


def test_the_first_three_are_a_dossier_one_without_kitas_and_a_question() -> None:
    first, second, third = (samples.build(number, "support@x.example", TODAY) for number in range(3))
    assert file_names(first.message) == ["passport.jpg", "kitas.pdf", "hr-letter.pdf", "selfie.jpg"]
    assert file_names(second.message) == ["passport.jpg", "hr-letter.pdf", "selfie.jpg"]
    assert file_names(third.message) == []
    body = first.message.get_body(("plain",))
    assert body is not None
    assert first.person.phone in body.get_content()
    assert "activation email" in str(third.message["Subject"])


def test_a_sample_is_the_same_on_every_machine_and_its_pictures_open() -> None:
    assert samples.build(5, "s@x.example", TODAY).person == samples.build(5, "s@x.example", TODAY).person
    picture = next(iter(samples.build(0, "s@x.example", TODAY).message.iter_attachments()))
    assert Image.open(io.BytesIO(picture.get_content())).size == (1250, 880)
