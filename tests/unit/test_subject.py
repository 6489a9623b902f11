"""The rule that makes a certificate's subject."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from babel.core import get_global
from hypothesis import given
from hypothesis import strategies as st

from app.accounts.countries import _ISO_3166, ALPHA_2, alpha_2_of
from app.accounts.subject import SubjectFacts, SubjectRefused, common_name_of, subject_of

ERIKSSON = {
    "kind": "foreigner",
    "surname": "ERIKSSON",
    "given_names": "ANNA MARIA",
    "country": "SWE",
    "document_number": "L898902C3",
    "email": "anna@example.com",
}


def facts(**changes: Any) -> SubjectFacts:
    return SubjectFacts(**(ERIKSSON | changes))


def test_a_passport_makes_the_whole_subject() -> None:
    subject = subject_of(facts())
    assert subject.text() == (
        "C=SE, SN=ERIKSSON, GN=ANNA MARIA, CN=ANNA MARIA ERIKSSON, serialNumber=PASSE-L898902C3"
    )
    assert subject.email == "anna@example.com"


def test_an_identity_card_makes_idc() -> None:
    subject = subject_of(facts(kind="individual", country="IDN", document_number="3174 0101 0190 0001"))
    assert subject.serial_number == "IDCID-3174010101900001"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kind": "individual", "country": "SWE"}, "Indonesia only"),
        ({"kind": "individual", "country": "IDN", "document_number": "123"}, "16 digits"),
        ({"surname": " ", "given_names": ""}, "surname or a given name"),
        ({"surname": "ERIKSSON\u202e"}, "cannot carry"),
        ({"surname": "ERIK\u0000SSON"}, "cannot carry"),
        ({"surname": "ERIK\nSSON"}, "cannot carry"),
        ({"surname": "ERIKSSON<<ANNA"}, "cannot carry"),
        ({"surname": "ERIK\u2028SSON"}, "cannot carry"),
        ({"surname": "ERIK\ud800SSON"}, "cannot carry"),
        ({"surname": "ER1KSSON"}, "cannot carry"),
        ({"surname": "ERIKS\U000e0041SON"}, "cannot carry"),
        ({"surname": "\u0301ERIKSSON"}, "accent"),
        ({"given_names": "---"}, "no letter"),
        ({"surname": "A" * 129}, "128"),
        ({"country": "UTO"}, "issuing state"),
        ({"country": "XXA"}, "issuing state"),
        ({"country": "XXX"}, "issuing state"),
        ({"country": ""}, "issuing state"),
        ({"document_number": ""}, "passport's number"),
        ({"document_number": "L89+"}, "passport's number"),
        ({"document_number": "É12345"}, "passport's number"),
        ({"document_number": "A" * 25}, "passport's number"),
        ({"email": "nobody"}, "e-mail"),
        ({"email": "a@b@example.com"}, "e-mail"),
        ({"email": "a\nb@example.com"}, "e-mail"),
    ],
)
def test_what_no_certificate_may_carry_is_refused_in_a_sentence(
    changes: dict[str, str], sentence: str
) -> None:
    with pytest.raises(SubjectRefused) as refused:
        subject_of(facts(**changes))
    assert sentence in str(refused.value.message)
    assert "ERIK" not in str(refused.value), "an exception's text holds no personal data"


def test_facts_and_subject_do_not_print_personal_data() -> None:
    assert "ERIKSSON" not in repr(facts()) + repr(subject_of(facts()))
    assert "anna" not in repr(facts()) + repr(subject_of(facts()))
    assert "L898902C3" not in repr(facts()) + repr(subject_of(facts()))


def test_who_has_a_single_name_gets_a_single_attribute() -> None:
    only_surname = subject_of(facts(surname="SUKARNO", given_names=""))
    assert (only_surname.surname, only_surname.given_name, only_surname.common_name) == (
        "SUKARNO",
        None,
        "SUKARNO",
    )
    only_given = subject_of(facts(surname="", given_names="ARUN"))
    assert (only_given.surname, only_given.given_name, only_given.common_name) == (None, "ARUN", "ARUN")


def test_diacritics_are_kept_and_composed() -> None:
    subject = subject_of(facts(surname="N\u0303UN\u0303EZ", given_names="Jürgen  François"))
    assert subject.surname == "ÑUÑEZ"
    assert subject.common_name == "Jürgen François ÑUÑEZ"


def test_a_number_is_canonical() -> None:
    assert subject_of(facts(document_number=" l898-902 c3<")).serial_number == "PASSE-L898902C3"


def test_the_domain_is_ascii_and_the_local_part_is_kept() -> None:
    assert subject_of(facts(email="Anna.E@BÜCHER.example")).email == "Anna.E@xn--bcher-kva.example"
    assert subject_of(facts(email="änna@example.com")).email == "änna@example.com"


@pytest.mark.parametrize(
    ("surname", "given", "expected"),
    [
        ("SHORT", "NAME", "NAME SHORT"),
        (
            "VAN DEN HEUVEL DE LA FUENTES",
            "MARIA MAGDALENA JOSEPHINA WILHELMINA",
            "MARIA MAGDALENA JOSEPHINA W. VAN DEN HEUVEL DE LA FUENTES",
        ),
        (
            "WOLFESCHLEGELSTEINHAUSENBERGERDORFF",
            "HUBERT BLAINE ADOLPH CHARLES DAVID EARL FREDERICK GERALD",
            "HUBERT B. A. C. D. E. F. G. WOLFESCHLEGELSTEINHAUSENBERGERDORFF",
        ),
        (
            "WOLFESCHLEGELSTEINHAUSENBERGERDORFFWELCHE",
            "HUBERT BLAINE ADOLPH CHARLES DAVID EARL FREDERICK",
            "HUBERT B. A. C. D. E. WOLFESCHLEGELSTEINHAUSENBERGERDORFFWELCHE",
        ),
        ("A" * 40 + " " + "B" * 30, "CARLA MARIA", "CARLA " + "A" * 40),
        ("A" * 80, "CARLA", "CARLA " + "A" * 58),
        ("A" * 80, "", "A" * 64),
        ("", "A" * 80, "A" * 64),
        ("B", "A" * 63 + " C", "A" * 63),
    ],
)
def test_a_long_common_name_is_shortened_by_the_written_rule(surname: str, given: str, expected: str) -> None:
    assert common_name_of(surname, given) == expected
    subject = subject_of(facts(surname=surname, given_names=given))
    assert (subject.surname or "", subject.given_name or "") == (surname, given), "SN and GN stay whole"


@given(st.text("AÉé語 .́", max_size=90), st.text("BÖ漢 .́", max_size=90))
def test_a_common_name_always_fits_and_is_never_cut_inside_a_character(
    surname: str, given_names: str
) -> None:
    names = [" ".join(unicodedata.normalize("NFC", name).split()) for name in (surname, given_names)]
    if not any(names):
        return
    name = common_name_of(*names)
    assert 1 <= len(name.encode()) <= 64 and name == name.strip()


def test_the_table_of_countries_agrees_with_cldr() -> None:
    cldr = get_global("territory_aliases")
    pairs = {pair[:3]: pair[3:] for pair in _ISO_3166.split()}
    assert len(pairs) == len(set(pairs.values())) == 249
    assert {code: cldr[code] for code in pairs} == {code: [two] for code, two in pairs.items()}


def test_codes_that_only_passports_know() -> None:
    assert alpha_2_of("D<<") == "DE" and alpha_2_of("GBN") == "GB" and alpha_2_of("rks") == "XK"
    assert alpha_2_of("id") == "ID" and alpha_2_of("UNO") == "UN" and alpha_2_of("EUE") == "EU"
    assert alpha_2_of("XX") is None and alpha_2_of("UTO") is None and "UTO" not in ALPHA_2


def test_utopia_exists_only_where_specimens_are_allowed() -> None:
    subject = subject_of(facts(country="UTO"), specimens=True)
    assert subject.country == "XX" and subject.serial_number == "PASXX-L898902C3"
