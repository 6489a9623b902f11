"""Proof of possession: which certificate requests are taken and which are refused, and with what sentence."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from app.certificates.proof import CertificateRequestRefused, check_request
from app.gateways.authority_founding import make_authority

SHA_256 = hashes.SHA256()
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Somebody Else")])


def request(
    key: Any, digest: hashes.HashAlgorithm | None = SHA_256, encoding: Encoding = Encoding.PEM
) -> bytes:
    built = x509.CertificateSigningRequestBuilder().subject_name(NAME).sign(key, digest)
    return built.public_bytes(encoding)


def refusal(data: bytes, **more: Any) -> str:
    with pytest.raises(CertificateRequestRefused) as refused:
        check_request(data, **more)
    return str(refused.value.message)


@pytest.mark.parametrize(
    ("key", "algorithm", "size"),
    [
        (ec.generate_private_key(ec.SECP256R1()), "EC", 256),
        (ec.generate_private_key(ec.SECP384R1()), "EC", 384),
        (rsa.generate_private_key(65537, 3072), "RSA", 3072),
    ],
)
@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_good_requests_are_taken(key: Any, algorithm: str, size: int, encoding: Encoding) -> None:
    facts = check_request(request(key, encoding=encoding))
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert (facts.algorithm, facts.size, facts.spki_der) == (algorithm, size, spki)
    assert x509.load_der_x509_csr(facts.csr_der).is_signature_valid


def test_pasted_text_may_have_space_around_and_windows_lines() -> None:
    pem = request(ec.generate_private_key(ec.SECP256R1()))
    assert check_request(b"\r\n  " + pem.replace(b"\n", b"\r\n") + b"\r\n\r\n").size == 256
    assert check_request(pem.replace(b"CERTIFICATE REQUEST", b"NEW CERTIFICATE REQUEST")).size == 256


def test_a_request_whose_signature_is_another_ones_proves_nothing() -> None:
    mine, stolen = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    signed = request(mine, encoding=Encoding.DER)
    points = [
        key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint) for key in (mine, stolen)
    ]
    assert "does not belong" in refusal(signed.replace(*points))


def test_a_changed_request_proves_nothing() -> None:
    changed = request(ec.generate_private_key(ec.SECP256R1()), encoding=Encoding.DER).replace(
        b"Else", b"Else"[::-1]
    )
    assert "does not belong" in refusal(changed)


@pytest.mark.parametrize(
    ("key", "digest"),
    [
        (rsa.generate_private_key(65537, 2048), hashes.SHA256()),
        (rsa.generate_private_key(3, 3072), hashes.SHA256()),
        (ec.generate_private_key(ec.SECP521R1()), hashes.SHA512()),
        (ec.generate_private_key(ec.SECP256K1()), hashes.SHA256()),
        (ec.generate_private_key(ec.BrainpoolP256R1()), hashes.SHA256()),
        (ed25519.Ed25519PrivateKey.generate(), None),
    ],
)
def test_other_keys_are_refused(key: Any, digest: hashes.HashAlgorithm | None) -> None:
    assert "P-256 and P-384" in refusal(request(key, digest))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
        b"-----BEGIN CERTIFICATE REQUEST-----",
        bytes(range(256)) * 4,
        b"\x30\x82\xff\xff" + bytes(100),
        request(ec.generate_private_key(ec.SECP256R1()), encoding=Encoding.DER) + b"\0",
        request(ec.generate_private_key(ec.SECP256R1()), encoding=Encoding.DER)[:-1],
    ],
)
def test_garbage_is_refused(data: bytes) -> None:
    assert "BEGIN CERTIFICATE REQUEST" in refusal(data)


def test_a_point_off_the_curve_is_refused() -> None:
    signed = request(ec.generate_private_key(ec.SECP256R1()), encoding=Encoding.DER)
    point = (
        x509.load_der_x509_csr(signed)
        .public_key()
        .public_bytes(  # type: ignore[union-attr]
            Encoding.X962, PublicFormat.UncompressedPoint
        )
    )
    assert "P-256 and P-384" in refusal(signed.replace(point, point[:-1] + bytes([point[-1] ^ 1])))


def test_more_than_16_kb_is_refused_unread() -> None:
    padded = request(ec.generate_private_key(ec.SECP256R1())) + b"\n" * 16 * 1024
    assert "16 KB" in refusal(padded)


def test_a_private_key_is_refused_with_a_warning() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert "private key" in refusal(pem)
    assert "private key" in refusal(request(key) + pem)


def test_a_certificate_is_not_a_request(tmp_path: Path) -> None:
    authority = make_authority(
        folder=tmp_path / "a",
        master_key=bytes(32),
        root_key_file=tmp_path / "k",
        root_passphrase="correct horse battery",
        now=datetime(2026, 11, 24, tzinfo=UTC),
    )
    assert "not a certificate request" in refusal(authority.chain_pem())


def test_the_authority_s_own_key_is_refused() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    own = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert "in use elsewhere" in refusal(request(key), refused_keys={own})


def test_a_weak_digest_is_refused() -> None:
    # Made by `openssl req -sha1`: cryptography itself no longer signs with SHA-1.
    assert "SHA-256" in refusal(base64.b64decode(SHA_1))


SHA_1 = """
MIHIMHECAQAwDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABGMh7y7nl/T1g1QOtXD4/2m91DtSI2bw
+AkmaPkm79wWu5xZ4nB2AN+x9luImzRjnLJAENKhbHOZfquHNton1ESgADAJBgcqhkjOPQQBA0gAMEUCIHr62Orpv55OFSb4Dn4a
U15BJQ99OrErEkclQWiiWE2UAiEA+jqaV1M20YkBBPDkGWqyhkPO0v7VQk5XRD01GGO6GP8=
"""
