"""Founding the embedded authority: a root, an issuing authority below it, and the folder that keeps them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from app.gateways.authority import (
    ISSUING_CERTIFICATE,
    ISSUING_KEY,
    ROOT_CERTIFICATE,
    Authority,
    PermanentAuthorityError,
    seal_key,
)
from app.gateways.certificate_profile import key_usage, new_serial
from app.gateways.escrow import encrypted_pkcs8

PASSPHRASE_CHARACTERS = 16
ANY_POLICY = x509.ObjectIdentifier("2.5.29.32.0")


@dataclass(frozen=True, kw_only=True)
class AuthorityNames:
    """How the two authorities are called: country in two letters, each other value at most 64 octets."""

    country: str = "ID"
    organisation: str = "Xignature"
    root: str = "Xignature Root CA"
    issuing: str = "Xignature Issuing CA"


@dataclass(frozen=True, kw_only=True)
class Lifetimes:
    """How long the two certificates are valid, in days; the issuing one never beyond the root."""

    root_days: int = 20 * 365
    issuing_days: int = 10 * 365


def make_authority(
    *,
    folder: Path,
    master_key: bytes,
    root_key_file: Path,
    root_passphrase: str,
    now: datetime,
    names: AuthorityNames = AuthorityNames(),
    lifetimes: Lifetimes = Lifetimes(),
) -> Authority:
    """Make root (P-384) and issuing authority (P-256) and write them; the answer is ready to sign.

    `folder` must not exist yet or be empty. The root's key goes encrypted into `root_key_file` (PEM, mode
    0600), which must not exist, and is kept nowhere else: the operator takes that file off the machine. The
    issuing key is sealed under `master_key` (32 bytes). `now` is aware UTC.
    """
    if len(root_passphrase) < PASSPHRASE_CHARACTERS:
        raise PermanentAuthorityError("the passphrase of the root key needs at least 16 characters")
    if folder.exists() and any(folder.iterdir()):
        raise PermanentAuthorityError("there is an authority already: its folder is not empty")
    root_key, issuing_key = ec.generate_private_key(ec.SECP384R1()), ec.generate_private_key(ec.SECP256R1())
    root = _root(root_key, names, now, lifetimes)
    issuing = _issuing(issuing_key, root, root_key, names, now, lifetimes)
    authority = Authority(root=root, issuing=issuing, key=issuing_key)
    _write(root_key_file, encrypted_pkcs8(root_key, root_passphrase.encode()))
    files = {
        ROOT_CERTIFICATE: root.public_bytes(Encoding.PEM),
        ISSUING_CERTIFICATE: issuing.public_bytes(Encoding.PEM),
        ISSUING_KEY: seal_key(issuing_key, master_key, issuing),
    }
    _write_folder(folder, files)
    return authority


def _root(
    key: ec.EllipticCurvePrivateKey, names: AuthorityNames, now: datetime, lifetimes: Lifetimes
) -> x509.Certificate:
    name = _name(names, names.root)
    builder = _certificate(name, name, key.public_key(), now, lifetimes.root_days)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
    return builder.sign(key, hashes.SHA384())


def _issuing(
    key: ec.EllipticCurvePrivateKey,
    root: x509.Certificate,
    root_key: ec.EllipticCurvePrivateKey,
    names: AuthorityNames,
    now: datetime,
    lifetimes: Lifetimes,
) -> x509.Certificate:
    days = min(lifetimes.issuing_days, lifetimes.root_days)
    root_key_id = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = _certificate(_name(names, names.issuing), root.subject, key.public_key(), now, days)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(root_key_id), critical=False
    )
    policies = x509.CertificatePolicies([x509.PolicyInformation(ANY_POLICY, None)])
    return builder.add_extension(policies, critical=False).sign(root_key, hashes.SHA384())


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    start = now.replace(microsecond=0)
    return (
        x509.CertificateBuilder()
        .serial_number(new_serial())
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days, seconds=-1))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(key_usage(signs_certificates=True), critical=True)
    )


def _name(names: AuthorityNames, common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, names.country),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, names.organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    # Written beside its place and then renamed: a folder with half an authority in it is never seen.
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    for name, content in files.items():
        _write(draft / name, content)
    draft.rename(folder)


def _write(path: Path, content: bytes) -> None:
    # O_EXCL: a key that is there already is never written over.
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise PermanentAuthorityError("the file for the root key exists already") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
