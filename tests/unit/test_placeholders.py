"""Placeholders of macros, and the starters that come with the desk."""

from __future__ import annotations

import pytest

from app.kernel.errors import InvalidInput
from app.knowledge.edit import Words
from app.knowledge.placeholders import KNOWN, PLACEHOLDER, check, fill
from app.knowledge.seed import starters


def test_values_are_put_in_as_they_are_and_never_looked_at_again() -> None:
    text = "Dear {{first_name}}, {{ dossier }}: {{missing}}"
    values = {"first_name": "<b>Anna</b> {{dossier}}", "dossier": "D-7F3K2", "missing": "- KITAS\n- Selfie"}

    filled = fill(text, values)

    assert filled == "Dear <b>Anna</b> { {dossier} }, D-7F3K2: - KITAS\n- Selfie"
    assert not PLACEHOLDER.search(filled)


def test_what_has_no_value_stays_to_be_seen() -> None:
    assert fill("{{dossier}} of {{name}}", {"name": "", "dossier": "D-1"}) == "D-1 of {{name}}"


@pytest.mark.parametrize("text", ["{{password}}", "Dear {{first_name}", "{{First Name}}", "{{}}", "}} {{"])
def test_what_nobody_could_fill_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        check(text)


def test_single_braces_are_only_braces() -> None:
    check("{first_name} {" + " ".join(f"{{{{{name}}}}}" for name in KNOWN))


def test_a_macro_needs_a_title_and_both_languages() -> None:
    good = {"title": "Hello", "text_en": "Hello", "text_id": "Halo"}
    assert Words(**good).checked() == Words(**good)
    for wrong in (
        {"title": ""},
        {"title": "x" * 81},
        {"text_id": " "},
        {"text_en": "x" * 5001},
        {"title": "a\nb"},
    ):
        with pytest.raises(InvalidInput):
            Words(**{**good, **wrong}).checked()


def test_every_starter_is_a_good_macro_in_both_languages() -> None:
    found = starters()

    assert len(found) >= 10
    for name, words in found.items():
        english, indonesian = (set(PLACEHOLDER.findall(text)) for text in (words.text_en, words.text_id))
        assert english == indonesian, f"{name}: the languages fill different placeholders"
        assert "Yth." in words.text_id and "Dear" in words.text_en
