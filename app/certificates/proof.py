"""Proof of possession: what must hold for a certificate request (PKCS#10, RFC 2986) before one signs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from math import gcd, prod
from typing import Literal

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask_babel import lazy_gettext as _

from app.kernel.errors import InvalidInput

MAXIMUM_OCTETS = 16 * 1024
CURVES = ("secp256r1", "secp384r1")
RSA_SMALLEST_BITS, RSA_LARGEST_BITS = 3072, 8192
DIGESTS = (hashes.SHA256, hashes.SHA384, hashes.SHA512)

# The Baseline Requirements (6.1.6) ask that a modulus has no factor below 752.
_SMALL_PRIMES = prod(n for n in range(3, 752, 2) if all(n % k for k in range(3, int(n**0.5) + 1, 2)))


class CertificateRequestRefused(InvalidInput):
    """Raised when a request proves nothing or its key may not be certified; says what to do instead."""

    default = _("This certificate request cannot be used.")


@dataclass(frozen=True, kw_only=True)
class PublicKeyFacts:
    """A proven public key: its SubjectPublicKeyInfo and the whole request in DER, size in bits."""

    spki_der: bytes
    algorithm: Literal["EC", "RSA"]
    size: int
    csr_der: bytes


def check_request(request: bytes, *, refused_keys: Collection[bytes] = ()) -> PublicKeyFacts:
    """Read a request in PEM or DER, verify its own signature and its key, or raise CertificateRequestRefused.

    `refused_keys` are SubjectPublicKeyInfos (DER) that may never be certified, such as the authority's own.
    The subject and the extensions asked for are not looked at: the certificate's subject is the approved one.
    """
    csr = _read(request)
    try:
        key = csr.public_key()
        proven = csr.is_signature_valid
        digest = csr.signature_hash_algorithm
    except (ValueError, UnsupportedAlgorithm):
        raise CertificateRequestRefused(_ALLOWED_KEYS) from None
    algorithm, size = _strength(key)
    if not isinstance(digest, DIGESTS):
        raise CertificateRequestRefused(_("The request must be signed with SHA-256, SHA-384 or SHA-512."))
    if not proven:
        raise CertificateRequestRefused(
            _("The request's signature does not belong to its key. Make a new request.")
        )
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if spki in refused_keys:
        raise CertificateRequestRefused(_("This key is in use elsewhere. Make a new key and a new request."))
    return PublicKeyFacts(
        spki_der=spki, algorithm=algorithm, size=size, csr_der=csr.public_bytes(Encoding.DER)
    )


_ALLOWED_KEYS = _("Only keys on the curves P-256 and P-384 and RSA keys of 3072 to 8192 bits are certified.")


def _read(request: bytes) -> x509.CertificateSigningRequest:
    if len(request) > MAXIMUM_OCTETS:
        raise CertificateRequestRefused(_("A certificate request has at most 16 KB. This is something else."))
    if b"PRIVATE KEY" in request:
        raise CertificateRequestRefused(
            _("This holds a private key, which nobody else may see. It was not kept. Make a new one.")
        )
    text = request.strip()
    try:
        if text.startswith(b"-----BEGIN"):
            return x509.load_pem_x509_csr(text)
        return x509.load_der_x509_csr(request)
    except (ValueError, UnsupportedAlgorithm):
        raise CertificateRequestRefused(
            _("This is not a certificate request. It begins with -----BEGIN CERTIFICATE REQUEST-----.")
        ) from None


def _strength(key: object) -> tuple[Literal["EC", "RSA"], int]:
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in CURVES:
        return "EC", key.key_size
    if isinstance(key, rsa.RSAPublicKey) and RSA_SMALLEST_BITS <= key.key_size <= RSA_LARGEST_BITS:
        numbers = key.public_numbers()
        # NIST SP 800-89 5.3.3: the exponent is odd and between 2^16 and 2^256.
        sane = numbers.e % 2 == 1 and 2**16 < numbers.e < 2**256
        if sane and numbers.n % 2 == 1 and gcd(numbers.n, _SMALL_PRIMES) == 1:
            return "RSA", key.key_size
    raise CertificateRequestRefused(_ALLOWED_KEYS)
