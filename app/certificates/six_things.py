"""The six things which the FAQ says a digital certificate contains, read from the certificate itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID, SignatureAlgorithmOID

_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384"}
_SIGNATURES = {
    SignatureAlgorithmOID.ECDSA_WITH_SHA256: "ECDSA, SHA-256",
    SignatureAlgorithmOID.ECDSA_WITH_SHA384: "ECDSA, SHA-384",
    SignatureAlgorithmOID.RSA_WITH_SHA256: "RSA, SHA-256",
}


@dataclass(frozen=True, kw_only=True)
class SixThings:
    """Owner, public key, issuer, validity, serial number and the authority's signature, ready to show.

    Hexadecimal values are lower case in pairs with colons; moments are aware UTC; the public key's
    fingerprint is SHA-256 over its SubjectPublicKeyInfo.
    """

    owner: str = field(repr=False)
    public_key_algorithm: str
    public_key_fingerprint: str
    public_key_hex: str
    issuer: str
    valid_from: datetime
    valid_until: datetime
    serial_number: str
    signature_algorithm: str
    signature_hex: str


def six_things_of(certificate_pem: bytes | str) -> SixThings:
    """Read the six things from a certificate in PEM; ValueError when it is none."""
    pem = certificate_pem.encode() if isinstance(certificate_pem, str) else certificate_pem
    certificate = x509.load_pem_x509_certificate(pem)
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return SixThings(
        owner=_common_name(certificate.subject),
        public_key_algorithm=_key_algorithm(certificate.public_key()),
        public_key_fingerprint=_pairs(hashlib.sha256(spki).digest()),
        public_key_hex=_pairs(spki),
        issuer=_common_name(certificate.issuer),
        valid_from=certificate.not_valid_before_utc,
        valid_until=certificate.not_valid_after_utc,
        serial_number=serial_text(certificate.serial_number),
        signature_algorithm=_SIGNATURES.get(
            certificate.signature_algorithm_oid, certificate.signature_algorithm_oid.dotted_string
        ),
        signature_hex=_pairs(certificate.signature),
    )


def serial_text(serial: int) -> str:
    """A serial number as `openssl x509 -serial` has it, in lower case pairs with colons."""
    return _pairs(serial.to_bytes((serial.bit_length() + 7) // 8, "big"))


def _pairs(octets: bytes) -> str:
    return octets.hex(":")


def _common_name(name: x509.Name) -> str:
    return str(name.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def _key_algorithm(key: object) -> str:
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"ECDSA, {_CURVES.get(key.curve.name, key.curve.name)}"
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA, {key.key_size} bits"
    return type(key).__name__
