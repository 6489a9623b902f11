"""The profile of an end-entity certificate: everything that is signed, before it is signed.

Sources: RFC 5280, RFC 9336 (document signing), RFC 9598 (non-ASCII e-mail), EN 319 412-1 and -2. The table
with the reason for each field is in docs/certificates.md.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from app.gateways.der import UTF8_STRING, encode

DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
SMTP_UTF8_MAILBOX = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.9")

SubjectKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey


@dataclass(frozen=True, kw_only=True)
class CertificateSubject:
    """The subject exactly as the certificate will carry it; made by app.accounts.subject, hidden from repr().

    `country` two letters, `serial_number` such as PASSE-L898902C3, `email` with the domain in ASCII. One of
    `surname` and `given_name` may be None.
    """

    country: str
    surname: str | None = field(repr=False)
    given_name: str | None = field(repr=False)
    common_name: str = field(repr=False)
    serial_number: str = field(repr=False)
    email: str = field(repr=False)

    def name(self) -> x509.Name:
        """The distinguished name in the order C, SN, GN, CN, serialNumber."""
        values = (
            (NameOID.COUNTRY_NAME, self.country),
            (NameOID.SURNAME, self.surname),
            (NameOID.GIVEN_NAME, self.given_name),
            (NameOID.COMMON_NAME, self.common_name),
            (NameOID.SERIAL_NUMBER, self.serial_number),
        )
        return x509.Name([x509.NameAttribute(oid, value) for oid, value in values if value])

    def text(self) -> str:
        """One line for a person to read before approving, such as "C=SE, SN=ERIKSSON, …"."""
        names = {NameOID.SURNAME: "SN", NameOID.GIVEN_NAME: "GN", NameOID.SERIAL_NUMBER: "serialNumber"}
        return ", ".join(rdn.rfc4514_string(names) for rdn in self.name().rdns)


@dataclass(frozen=True, kw_only=True)
class Publication:
    """Where those who verify find the rest. The first three are http; the practice statement's may be https.

    `policy_oid` is in the arc of whoever runs the authority.
    """

    crl_url: str
    ocsp_url: str
    issuer_url: str
    practice_statement_url: str
    policy_oid: str

    def __post_init__(self) -> None:
        """Refuse https where fetching would itself need a certificate verified (RFC 5280, section 8)."""
        for url in (self.crl_url, self.ocsp_url, self.issuer_url):
            if not (url.startswith("http://") and url.isascii()):
                raise ValueError("the addresses of CRL, OCSP and issuer begin with http:// and are ASCII")


@dataclass(frozen=True, kw_only=True)
class CertificateRequestFacts:
    """All that one certificate is made of besides the issuer. Moments are aware UTC, cut to whole seconds."""

    serial: int
    subject: CertificateSubject
    public_key: SubjectKey
    not_before: datetime
    not_after: datetime
    publication: Publication


def new_serial() -> int:
    """A positive serial number with 128 random bits below its first octet (0x40 to 0x7f): always 17 octets.

    RFC 5280 wants a positive number of at most 20 octets; the fixed length keeps hexadecimal forms aligned.
    """
    return ((0x40 | secrets.randbelow(0x40)) << 128) | secrets.randbits(128)


def one_year_from(moment: datetime) -> tuple[datetime, datetime]:
    """First and last second of one year, both within it (RFC 5280, 4.1.2.5); 29 February ends on the 28th."""
    start = moment.replace(microsecond=0)
    try:
        anniversary = start.replace(year=start.year + 1)
    except ValueError:
        anniversary = start.replace(year=start.year + 1, day=28)
    return start, anniversary - timedelta(seconds=1)


def build(facts: CertificateRequestFacts, issuer: x509.Certificate) -> x509.CertificateBuilder:
    """The unsigned certificate; equal facts make equal bytes to sign."""
    builder = (
        x509.CertificateBuilder()
        .serial_number(facts.serial)
        .issuer_name(issuer.subject)
        .subject_name(facts.subject.name())
        .public_key(facts.public_key)
        .not_valid_before(facts.not_before.replace(microsecond=0))
        .not_valid_after(facts.not_after.replace(microsecond=0))
    )
    for extension, critical in _extensions(facts, issuer):
        builder = builder.add_extension(extension, critical=critical)
    return builder


def key_usage(*, signs_content: bool = False, signs_certificates: bool = False) -> x509.KeyUsage:
    """Key usage with only nonRepudiation, or only keyCertSign and cRLSign."""
    return x509.KeyUsage(
        digital_signature=False,
        content_commitment=signs_content,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _extensions(
    facts: CertificateRequestFacts, issuer: x509.Certificate
) -> list[tuple[x509.ExtensionType, bool]]:
    issuer_key_id = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return [
        (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key_id), False),
        (x509.SubjectKeyIdentifier.from_public_key(facts.public_key), False),
        (key_usage(signs_content=True), True),
        (x509.ExtendedKeyUsage([DOCUMENT_SIGNING]), False),
        (_policies(facts.publication), False),
        (x509.SubjectAlternativeName([_mailbox(facts.subject.email)]), False),
        (_revocation_list(facts.publication), False),
        (_information_access(facts.publication), False),
    ]


def _policies(publication: Publication) -> x509.CertificatePolicies:
    policy = x509.ObjectIdentifier(publication.policy_oid)
    return x509.CertificatePolicies([x509.PolicyInformation(policy, [publication.practice_statement_url])])


def _mailbox(email: str) -> x509.GeneralName:
    if email.isascii():
        return x509.RFC822Name(email)
    # RFC 9598: a local part outside ASCII cannot stand in an rfc822Name; it is a UTF8String in an otherName.
    return x509.OtherName(SMTP_UTF8_MAILBOX, encode(UTF8_STRING, email.encode()))


def _revocation_list(publication: Publication) -> x509.CRLDistributionPoints:
    address = x509.UniformResourceIdentifier(publication.crl_url)
    return x509.CRLDistributionPoints([x509.DistributionPoint([address], None, None, None)])


def _information_access(publication: Publication) -> x509.AuthorityInformationAccess:
    def at(method: x509.ObjectIdentifier, url: str) -> x509.AccessDescription:
        return x509.AccessDescription(method, x509.UniformResourceIdentifier(url))

    return x509.AuthorityInformationAccess(
        [
            at(AuthorityInformationAccessOID.OCSP, publication.ocsp_url),
            at(AuthorityInformationAccessOID.CA_ISSUERS, publication.issuer_url),
        ]
    )
