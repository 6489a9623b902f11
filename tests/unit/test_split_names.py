"""Names found in a mail, and which files they put together."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.desk.split_names import Found, name_tokens, people_in, same_name, suggest

BODY = """Dear team,

please register our five colleagues:

1. Anna Eriksson <anna@utopia.example>
2. Bjørn Åkesson – bjorn@utopia.example
3) Chidi O'Brien (chidi@utopia.example)
- Dewi Lestari
5. 王 小明, wang@utopia.example

Kind regards,
Maya Putri
HR Manager, PT Contoh Jaya
"""


def sorted_files(found: list[Found]) -> dict[str, list[str]]:
    return {one.name: one.files for one in found}


def test_a_list_in_the_text_gives_names_and_addresses() -> None:
    found = {one.name: one.email for one in people_in([BODY])}
    assert found == {
        "Anna Eriksson": "anna@utopia.example",
        "Bjørn Åkesson": "bjorn@utopia.example",
        "Chidi O'Brien": "chidi@utopia.example",
        "Dewi Lestari": "",
        "王 小明": "wang@utopia.example",
    }


def test_files_go_to_the_people_of_the_list() -> None:
    files = {
        "1": "Passport - Anna Eriksson.pdf",
        "2": "kitas_eriksson.jpg",
        "3": "Akesson passport.jpg",
        "4": "HR-Letter_Bjorn.pdf",
        "5": "selfie dewi lestari.HEIC",
        "6": "王小明 passport.jpg",
        "7": "IMG_2041.jpg",
        "8": "PassportChidiOBrien.pdf",
    }
    found = sorted_files(suggest(files, [BODY]))
    assert found["Anna Eriksson"] == ["1", "2"]
    assert found["Dewi Lestari"] == ["5"]
    assert found["Chidi O'Brien"] == ["8"]
    assert "7" not in [key for keys in found.values() for key in keys], "No name, no guess."


def test_file_names_alone_are_enough() -> None:
    files = {
        "a": "Passport - Anna Eriksson.pdf",
        "b": "KITAS - Anna Eriksson.pdf",
        "c": "passport_MILLER john.jpg",
        "d": "Selfie Miller.jpg",
        "e": "scan0001.pdf",
    }
    assert sorted_files(suggest(files, ["Papers attached"])) == {
        "Anna Eriksson": ["a", "b"],
        "Miller John": ["c", "d"],
    }


def test_a_name_that_two_people_share_decides_nothing() -> None:
    files = {"a": "Passport Anna Eriksson.pdf", "b": "Passport Bo Eriksson.pdf", "c": "KITAS Eriksson.pdf"}
    assert sorted_files(suggest(files, [])) == {"Anna": ["a"], "Bo": ["b"]}


def test_the_company_on_every_file_is_nobody() -> None:
    files = {
        "a": "PT Contoh Jaya - Passport - Anna.pdf",
        "b": "PT Contoh Jaya - KITAS - Anna.pdf",
        "c": "PT Contoh Jaya - Passport - Bo.pdf",
        "d": "PT Contoh Jaya - KITAS - Bo.pdf",
    }
    assert sorted_files(suggest(files, [])) == {"Anna": ["a", "b"], "Bo": ["c", "d"]}


def test_a_known_name_is_looked_for_too() -> None:
    found = suggest({"a": "passport maya.jpg", "b": "kitas.jpg"}, [], known=["Maya Putri"])
    assert sorted_files(found) == {"Maya Putri": ["a"]}


def test_words_for_papers_are_no_names() -> None:
    assert name_tokens("WhatsApp Image 2026-11-01 at 10.22.11 (2).jpeg") == ()
    assert name_tokens("Surat Keterangan Kerja - DEWI.pdf") == ("dewi",)
    assert same_name("ERIKSSON Anna", "anna Eriksson") and not same_name("", "")


@pytest.mark.parametrize(
    "name", ["‮gpj.exe", "../../etc/passwd", "a" * 5000 + ".pdf", "\u0000\u0301", ".", "💥"]
)
def test_hostile_names_do_no_harm(name: str) -> None:
    assert isinstance(suggest({"a": name}, [name * 20], known=[name]), list)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
@given(
    st.dictionaries(st.text(max_size=4), st.text(max_size=60), max_size=12), st.lists(st.text(max_size=300))
)
def test_every_file_has_at_most_one_owner(files: dict[str, str], texts: list[str]) -> None:
    given_away = [key for one in suggest(files, texts) for key in one.files]
    assert len(given_away) == len(set(given_away)) and set(given_away) <= set(files)
