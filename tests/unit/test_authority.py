"""The embedded authority: its founding, the profile it signs, and what linters and openssl say of it."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pkilint import etsi, validation
from pkilint.common.organization_id import ISO3166_1_WITH_TRANSNATIONAL_COUNTRY_CODES
from pkilint.etsi import etsi_constants
from pkilint.etsi.en_319_412_1 import parse_natural_person_identifier
from pkilint.loader import load_certificate
from pkilint.pkix import certificate as pkix_certificate
from pkilint.pkix import extension, name

from app.accounts.subject import SubjectFacts, subject_of
from app.certificates.six_things import six_things_of
from app.gateways.authority import Authority, PermanentAuthorityError
from app.gateways.authority_founding import make_authority
from app.gateways.certificate_profile import (
    CertificateRequestFacts,
    CertificateSubject,
    Publication,
    new_serial,
    one_year_from,
)

NOW = datetime(2026, 11, 24, 9, 30, 15, 123456, tzinfo=UTC)
MASTER_KEY = bytes(range(32))
PASSPHRASE = "correct horse battery staple"
PUBLICATION = Publication(
    crl_url="http://pki.example.com/issuing.crl",
    ocsp_url="http://pki.example.com/ocsp",
    issuer_url="http://pki.example.com/issuing.cer",
    practice_statement_url="https://pki.example.com/cps",
    policy_oid="1.3.6.1.4.1.32473.1.1",
)

# (surname, given names, issuing state): scripts, lengths, punctuation and single names that passports know.
NAMES = [
    ("ERIKSSON", "ANNA MARIA", "SWE"),
    ("SUKARNO", "", "IDN"),
    ("", "ARUN", "IND"),
    ("MÜLLER-LÜDENSCHEIDT", "JÜRGEN", "D"),
    ("O'CONNOR", "SEÁN PÁDRAIG", "IRL"),
    ("O’BRIEN", "SIOBHÁN", "GBN"),
    ("NUÑEZ DE LA PEÑA", "MARÍA JOSÉ", "ESP"),
    ("ŁĘCKI", "STANISŁAW", "POL"),
    ("DVOŘÁKOVÁ", "BOŽENA", "CZE"),
    ("ŞAHİN", "GÖKÇE", "TUR"),
    ("NGUYỄN THỊ", "ÁNH NGUYỆT", "VNM"),
    ("ĐẶNG", "VĂN LÂM", "VNM"),
    ("ÞÓRÐARDÓTTIR", "ÆSA", "ISL"),
    ("ŐRY", "GYÖRGY", "HUN"),
    ("ȘERBAN", "ȚINTE", "ROU"),
    ("BĒRZIŅŠ", "JĀNIS", "LVA"),
    ("ŽUKAUSKAITĖ", "ŽIVILĖ", "LTU"),
    ("ĦERRERA", "ĠORĠ", "MLT"),
    ("ИВАНОВ", "ПЁТР", "RUS"),
    ("ШЕВЧЕНКО", "ЇЖАК", "UKR"),
    ("ЂОРЂЕВИЋ", "ЉУБИЦА", "SRB"),
    ("ΠΑΠΑΔΟΠΟΎΛΟΥ", "ΕΛΈΝΗ", "GRC"),
    ("ԳՐԻԳՈՐՅԱՆ", "ԱՆԻ", "ARM"),
    ("ბერიძე", "ნინო", "GEO"),
    ("王", "小明", "CHN"),
    ("歐陽", "娜娜", "TWN"),
    ("山田", "太郎", "JPN"),
    ("やまだ", "はなこ", "JPN"),
    ("김", "민준", "KOR"),
    ("สมบัติ", "ปรียา", "THA"),
    ("وحيد", "محمد", "EGY"),
    ("כהן", "שרה", "ISR"),
    ("शर्मा", "प्रिया", "IND"),
    ("முருகன்", "கவிதா", "LKA"),
    ("চট্টোপাধ্যায়", "অনির্বাণ", "BGD"),
    ("សុខ", "ស្រីមុំ", "KHM"),
    ("ວົງສາ", "ບຸນມີ", "LAO"),
    ("တင်", "မောင်", "MMR"),
    ("ተሰማ", "ሰላም", "ETH"),
    ("AL-RASHĪD BIN ʿABD", "HĀRŪN", "SAU"),
    ("RAMASAMY A/L KRISHNAN", "", "MYS"),
    ("TAN AH KOW @ TAN BENG", "", "SGP"),
    ("VAN DER BERG, JR.", "PIETER-JAN", "NLD"),
    ("GARCÍA·LÓPEZ", "NÚRIA", "AND"),
    ("BERISHA", "ARTA", "RKS"),
    ("LAISSEZ", "PASSER", "UNO"),
    ("WOLFESCHLEGELSTEINHAUSENBERGERDORFF", "HUBERT BLAINE ADOLPH CHARLES DAVID EARL", "USA"),
    ("RATTANAKOSIN-MAHADILOK-PHOP-NOPPARAT", "KRUNG-THEP MAHANAKHON AMORN", "THA"),
    ("A" * 128, "B" * 128, "FRA"),
    ("จุฬาลงกรณ์ราชวิทยาลัยมหาวิทยาลัย", "ณัฐวุฒิพงศ์", "THA"),
    ("E\u0301CLAIR", "ZOE\u0308", "FRA"),
    ("X", "Y", "CHE"),
]


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Authority, Path]]:
    place = tmp_path_factory.mktemp("authority")
    make_authority(
        folder=place / "authority",
        master_key=MASTER_KEY,
        root_key_file=place / "root-key.pem",
        root_passphrase=PASSPHRASE,
        now=NOW,
    )
    yield Authority.load(place / "authority", MASTER_KEY), place


def subject(
    surname: str = "ERIKSSON", given: str = "ANNA MARIA", state: str = "SWE", **more: Any
) -> CertificateSubject:
    facts = {"kind": "foreigner", "document_number": "L898902C3", "email": "anna@example.com"} | more
    return subject_of(
        SubjectFacts(surname=surname, given_names=given, country=state, **facts), specimens=True
    )


def request_facts(**changes: Any) -> CertificateRequestFacts:
    not_before, not_after = one_year_from(NOW)
    return CertificateRequestFacts(
        **{
            "serial": new_serial(),
            "subject": subject(),
            "public_key": ec.generate_private_key(ec.SECP256R1()).public_key(),
            "not_before": not_before,
            "not_after": not_after,
            "publication": PUBLICATION,
        }
        | changes
    )


def pkix_validator() -> Any:
    return pkix_certificate.create_pkix_certificate_validator_container(
        pkix_certificate.create_decoding_validators(
            name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS
        ),
        [
            pkix_certificate.create_issuer_validator_container([]),
            pkix_certificate.create_validity_validator_container(),
            pkix_certificate.create_subject_validator_container([]),
            pkix_certificate.create_extensions_validator_container([]),
        ],
    )


def etsi_validator() -> Any:
    kind = etsi_constants.CertificateType.NCP_NATURAL_PERSON_CERTIFICATE
    return pkix_certificate.create_pkix_certificate_validator_container(
        etsi.create_decoding_validators(kind), etsi.create_validators(kind)
    )


def findings(validator: Any, pem: bytes) -> list[str]:
    """What the linter has to say above a notice."""
    document = load_certificate(pem, "test")
    return [
        f"{finding.finding.code}: {finding.message}"
        for result in validator.validate(document.root)
        for finding in result.finding_descriptions
        if finding.finding.severity < validation.ValidationFindingSeverity.NOTICE
    ]


def test_fifty_names_from_many_scripts_lint_clean(founded: tuple[Authority, Path]) -> None:
    authority, _ = founded
    pems = [authority.issue(request_facts(subject=subject(*names))) for names in NAMES]
    for validator in (pkix_validator(), etsi_validator()):
        told = {
            names[0]: found
            for names, pem in zip(NAMES, pems, strict=True)
            if (found := findings(validator, pem))
        }
        assert told == {}
    for names in NAMES:
        identifier = parse_natural_person_identifier(subject(*names).serial_number)
        assert identifier.scheme == "PAS" and identifier.country in ISO3166_1_WITH_TRANSNATIONAL_COUNTRY_CODES


def test_the_linters_are_awake(founded: tuple[Authority, Path]) -> None:
    authority, _ = founded
    builder = authority.build(request_facts())
    builder = builder.add_extension(x509.NameConstraints([x509.DNSName("example.com")], None), critical=True)
    assert findings(etsi_validator(), authority.sign(builder))
    assert findings(pkix_validator(), authority.sign(builder))


@pytest.mark.parametrize(
    "changes",
    [
        {"email": "änna@example.com"},
        {"email": "Anna.E@bücher.com"},
        {"email": "ü" * 60 + "@" + "a" * 50 + "." + "b" * 50 + ".com"},
        {"state": "UTO"},
        {"kind": "individual", "state": "IDN", "document_number": "3174010101900001"},
    ],
)
def test_other_subjects_lint_clean(founded: tuple[Authority, Path], changes: dict[str, str]) -> None:
    pem = founded[0].issue(request_facts(subject=subject(**changes)))
    assert findings(pkix_validator(), pem) == [] and findings(etsi_validator(), pem) == []


@pytest.mark.parametrize(
    "key", [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 3072)]
)
def test_other_keys_lint_clean(
    founded: tuple[Authority, Path], key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
) -> None:
    pem = founded[0].issue(request_facts(public_key=key.public_key()))
    assert findings(pkix_validator(), pem) == [] and findings(etsi_validator(), pem) == []


def test_the_profile_is_the_documented_one(founded: tuple[Authority, Path]) -> None:
    authority, _ = founded
    facts = request_facts()
    certificate = x509.load_pem_x509_certificate(authority.issue(facts))
    assert certificate.serial_number == facts.serial
    assert certificate.not_valid_before_utc == datetime(2026, 11, 24, 9, 30, 15, tzinfo=UTC)
    assert certificate.not_valid_after_utc == datetime(2027, 11, 24, 9, 30, 14, tzinfo=UTC)
    extensions = {item.value.oid.dotted_string: item for item in certificate.extensions}
    assert {oid for oid, item in extensions.items() if item.critical} == {"2.5.29.15"}
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.content_commitment and not usage.digital_signature
    purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [purpose.dotted_string for purpose in purposes] == ["1.3.6.1.5.5.7.3.36"]
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.RFC822Name) == ["anna@example.com"]
    assert len(extensions) == 8


def test_equal_facts_make_equal_bytes_to_sign(founded: tuple[Authority, Path]) -> None:
    authority, _ = founded
    facts = request_facts()
    first, second = (x509.load_pem_x509_certificate(authority.issue(facts)) for _ in range(2))
    assert first.tbs_certificate_bytes == second.tbs_certificate_bytes


def test_openssl_accepts_the_chain(founded: tuple[Authority, Path], tmp_path: Path) -> None:
    authority, place = founded
    leaf = tmp_path / "leaf.pem"
    leaf.write_bytes(authority.issue(request_facts()))
    verify = [
        *("openssl", "verify", "-x509_strict", "-check_ss_sig", "-attime", str(int(NOW.timestamp()) + 60)),
        *(
            "-CAfile",
            str(place / "authority" / "root.pem"),
            "-untrusted",
            str(place / "authority" / "issuing.pem"),
        ),
    ]
    answer = subprocess.run([*verify, str(leaf)], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    chain = tmp_path / "chain.pem"
    chain.write_bytes(authority.chain_pem())
    assert chain.read_text().count("BEGIN CERTIFICATE") == 2


def test_openssl_reads_the_root_key_with_its_passphrase_only(founded: tuple[Authority, Path]) -> None:
    authority, place = founded
    read = ["openssl", "pkey", "-in", str(place / "root-key.pem"), "-pubout", "-outform", "DER", "-passin"]
    right = subprocess.run([*read, f"pass:{PASSPHRASE}"], capture_output=True)
    assert hashlib.sha256(right.stdout).digest() in {
        hashlib.sha256(k).digest() for k in authority.public_keys()
    }
    assert subprocess.run([*read, "pass:wrong"], capture_output=True).returncode != 0
    structure = subprocess.run(
        ["openssl", "asn1parse", "-in", str(place / "root-key.pem")], capture_output=True, text=True
    ).stdout
    assert "scrypt" in structure and "aes-256-cbc" in structure


def test_the_folder_holds_no_plain_key_and_no_root_key(founded: tuple[Authority, Path]) -> None:
    _, place = founded
    files = {path.name: path for path in (place / "authority").iterdir()}
    assert set(files) == {"root.pem", "issuing.pem", "issuing-key.sealed"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in [*files.values(), place / "root-key.pem"])
    assert b"PRIVATE" not in files["issuing-key.sealed"].read_bytes()
    assert not list(place.glob(".authority*"))


def test_loading_refuses_what_does_not_belong_together(
    founded: tuple[Authority, Path], tmp_path: Path
) -> None:
    _, place = founded
    with pytest.raises(PermanentAuthorityError, match="master key"):
        Authority.load(place / "authority", bytes(32))
    with pytest.raises(PermanentAuthorityError, match="no authority"):
        Authority.load(tmp_path / "nowhere", MASTER_KEY)
    other = tmp_path / "other"
    make_authority(
        folder=other, master_key=MASTER_KEY, root_key_file=tmp_path / "k", root_passphrase=PASSPHRASE, now=NOW
    )
    (other / "issuing-key.sealed").write_bytes((place / "authority" / "issuing-key.sealed").read_bytes())
    with pytest.raises(PermanentAuthorityError, match="master key"):
        Authority.load(other, MASTER_KEY)


def test_founding_never_writes_over_anything(founded: tuple[Authority, Path], tmp_path: Path) -> None:
    _, place = founded
    again = {"master_key": MASTER_KEY, "root_passphrase": PASSPHRASE, "now": NOW}
    with pytest.raises(PermanentAuthorityError, match="already"):
        make_authority(folder=place / "authority", root_key_file=tmp_path / "k", **again)
    with pytest.raises(PermanentAuthorityError, match="already"):
        make_authority(folder=tmp_path / "new", root_key_file=place / "root-key.pem", **again)
    with pytest.raises(PermanentAuthorityError, match="16 characters"):
        make_authority(
            folder=tmp_path / "new", root_key_file=tmp_path / "k", **again | {"root_passphrase": "short"}
        )
    assert not (tmp_path / "new").exists()


def test_nothing_outlives_its_issuer(founded: tuple[Authority, Path]) -> None:
    authority, _ = founded
    late = authority.issuing.not_valid_after_utc + timedelta(seconds=1)
    early = NOW - timedelta(days=1)
    for changes in ({"not_after": late}, {"not_before": early}):
        with pytest.raises(PermanentAuthorityError, match="outside"):
            authority.issue(request_facts(**changes))


def test_addresses_of_crl_and_ocsp_are_http() -> None:
    with pytest.raises(ValueError, match="http://"):
        replace(PUBLICATION, crl_url="https://pki.example.com/issuing.crl")


def test_serials_are_positive_unique_and_17_octets() -> None:
    serials = {new_serial() for _ in range(20_000)}
    assert len(serials) == 20_000
    assert {(serial.bit_length() + 7) // 8 for serial in serials} == {17}
    low = [serial & (2**128 - 1) for serial in serials]
    for bit in range(128):
        share = sum(number >> bit & 1 for number in low) / len(low)
        assert 0.45 < share < 0.55, f"bit {bit} is not random"


def test_a_year_from_a_leap_day_ends_on_the_28th() -> None:
    last_second = one_year_from(datetime(2028, 2, 29, 12, tzinfo=UTC))[1]
    assert last_second == datetime(2029, 2, 28, 11, 59, 59, tzinfo=UTC)


def test_the_six_things_are_read_from_the_certificate(founded: tuple[Authority, Path]) -> None:
    authority, _ = founded
    facts = request_facts()
    pem = authority.issue(facts)
    things = six_things_of(pem)
    certificate = x509.load_pem_x509_certificate(pem)
    spki = facts.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert things.owner == "ANNA MARIA ERIKSSON"
    assert things.public_key_algorithm == "ECDSA, P-256"
    assert things.public_key_fingerprint.replace(":", "") == hashlib.sha256(spki).hexdigest()
    assert things.public_key_hex.replace(":", "") == spki.hex()
    assert things.issuer == "Xignature Issuing CA"
    assert (things.valid_from, things.valid_until) == (
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
    )
    assert int(things.serial_number.replace(":", ""), 16) == facts.serial
    assert things.signature_algorithm == "ECDSA, SHA-256"
    assert things.signature_hex.replace(":", "") == certificate.signature.hex()
