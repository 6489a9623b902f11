"""The embedded certificate authority: an issuing key at rest under the desk's master key, and what it signs.

`app.gateways.authority_founding` makes the folder that `Authority.load` reads.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from app.gateways import certificate_profile
from app.gateways.certificate_profile import CertificateRequestFacts
from app.kernel import crypto

ROOT_CERTIFICATE = "root.pem"
ISSUING_CERTIFICATE = "issuing.pem"
ISSUING_KEY = "issuing-key.sealed"


class PermanentAuthorityError(Exception):
    """Raised when the authority cannot sign until an operator acts: no folder, wrong master key, old issuer.

    The text names files and settings only.
    """


class Authority:
    """Signs certificates with the issuing key, which is plain in memory only. Threads may share it."""

    def __init__(
        self, *, root: x509.Certificate, issuing: x509.Certificate, key: ec.EllipticCurvePrivateKey
    ) -> None:
        """Refuse a key that is not the issuing certificate's, or an issuer that the root did not sign."""
        if _spki(issuing.public_key()) != _spki(key.public_key()):
            raise PermanentAuthorityError("the issuing key does not belong to the issuing certificate")
        try:
            issuing.verify_directly_issued_by(root)
        except (InvalidSignature, ValueError) as error:
            raise PermanentAuthorityError("the issuing certificate was not signed by the root") from error
        self.root = root
        self.issuing = issuing
        self._key = key

    @classmethod
    def load(cls, folder: Path, master_key: bytes) -> Authority:
        """Read the folder that make_authority wrote; the master key has 32 bytes."""
        try:
            root, issuing = (
                x509.load_pem_x509_certificate((folder / name).read_bytes())
                for name in (ROOT_CERTIFICATE, ISSUING_CERTIFICATE)
            )
            sealed = (folder / ISSUING_KEY).read_bytes()
        except FileNotFoundError as error:
            raise PermanentAuthorityError("there is no authority yet: run `flask authority init`") from error
        return cls(root=root, issuing=issuing, key=_unseal(sealed, master_key, issuing))

    def build(self, facts: CertificateRequestFacts) -> x509.CertificateBuilder:
        """The unsigned certificate by the profile; refuses a validity that outlives the issuer's."""
        if (
            facts.not_after > self.issuing.not_valid_after_utc
            or facts.not_before < self.issuing.not_valid_before_utc
        ):
            raise PermanentAuthorityError(
                "the certificate would be valid outside the issuing certificate's validity"
            )
        return certificate_profile.build(facts, self.issuing)

    def sign(self, unsigned: x509.CertificateBuilder) -> bytes:
        """PEM of the signed certificate (ECDSA P-256 with SHA-256)."""
        return unsigned.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM)

    def issue(self, facts: CertificateRequestFacts) -> bytes:
        """Build and sign; the caller has stored the serial and its intent before (design, section 4)."""
        return self.sign(self.build(facts))

    def chain_pem(self) -> bytes:
        """The issuing certificate, then the root, for `openssl verify` and the owner's download."""
        return self.issuing.public_bytes(Encoding.PEM) + self.root.public_bytes(Encoding.PEM)

    def public_keys(self) -> frozenset[bytes]:
        """SubjectPublicKeyInfo (DER) of the authority's own keys, which no owner may have certified."""
        return frozenset(_spki(certificate.public_key()) for certificate in (self.root, self.issuing))


def seal_key(key: ec.EllipticCurvePrivateKey, master_key: bytes, issuing: x509.Certificate) -> bytes:
    """The issuing key under the master key, bound to its certificate so that files cannot be mixed up."""
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return crypto.seal(master_key, plain, associated_data=_binding(issuing))


def _unseal(sealed: bytes, master_key: bytes, issuing: x509.Certificate) -> ec.EllipticCurvePrivateKey:
    try:
        plain = crypto.open(master_key, sealed, associated_data=_binding(issuing))
    except crypto.TamperedData as error:
        raise PermanentAuthorityError(
            "the issuing key cannot be opened: is it the right master key?"
        ) from error
    key = load_der_private_key(plain, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise PermanentAuthorityError("the issuing key is not an elliptic curve key")
    return key


def _binding(issuing: x509.Certificate) -> bytes:
    return b"authority.issuing-key:" + hashlib.sha256(issuing.public_bytes(Encoding.DER)).digest()


def _spki(key: CertificatePublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
