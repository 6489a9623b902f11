"""From the key to the certificate: gates, proof of possession, exactly one certificate whatever crashes, downloads."""

from __future__ import annotations

import io
import re
import subprocess
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from flask import Flask
from sqlalchemy import select, update

from app.accounts.models import Account
from app.audit.models import TrailEntry
from app.certificates.find import certificates_of
from app.certificates.gates import gates_of
from app.certificates.hand_in import hand_in_key
from app.certificates.issue import intend, issue, keep
from app.certificates.models import Certificate, KeyRequest
from app.certificates.proof import CertificateRequestRefused
from app.dossiers.close import reject
from app.dossiers.models import Dossier
from app.gateways.authority import Authority
from app.kernel.clock import now
from app.kernel.database import db, fetch
from app.kernel.errors import Refused, Stale
from config import Settings
from tests.factories.accounts import (
    Cast,
    activated,
    approved,
    found_authority,
    link_for,
    link_in,
    new_csr,
    with_key,
)
from tests.fixtures.desk import RunJobs
from tests.fixtures.mail import Outbox
from tests.fixtures.pages import InspectingClient
from tests.fixtures.people import SignIn

ADDRESS = "anna@utopia.example"


@pytest.fixture
def authority(settings: Settings) -> Authority:
    return found_authority(settings)


@pytest.fixture
def cast(app: Flask, authority: Authority) -> Cast:
    return Cast.of(app)


def certificates(app: Flask) -> list[Certificate]:
    with app.app_context():
        found = list(db.session.scalars(select(Certificate).order_by(Certificate.id)))
        db.session.expunge_all()
        return found


def test_the_owner_hands_in_a_request_and_gets_the_certificate(
    app: Flask, cast: Cast, client: InspectingClient, run_jobs: RunJobs, outbox: Outbox, tmp_path: Path
) -> None:
    with app.app_context():
        path = f"/certificate/{link_for(activated(cast, email=ADDRESS), 'certificate')}"
    assert "ANNA MARIA ERIKSSON" in client.page(path).text
    csr = new_csr("SOMEBODY ELSE")
    answer = client.submit(path, path, csr=csr.decode())
    assert answer.status_code == 302 and answer.location == path
    waiting = client.get(path)
    assert "is being issued" in waiting.get_data(as_text=True)
    assert 'http-equiv="refresh"' in waiting.get_data(as_text=True)
    run_jobs()
    page = client.page(path)
    for word in (
        "ANNA MARIA ERIKSSON",
        "ECDSA, P-256",
        "Xignature Issuing CA",
        "Serial number",
        "Signature of the CA",
    ):
        assert word in page.text
    chain = client.get(f"{path}/chain.pem")
    assert "attachment" in chain.headers["Content-Disposition"] and "ERIKSSON" not in str(chain.headers)
    certificate = x509.load_pem_x509_certificate(client.get(f"{path}/certificate.pem").data)
    assert certificate.public_key() == x509.load_pem_x509_csr(csr).public_key()
    assert verified_by_openssl(client.get(f"{path}/certificate.pem").data, chain.data, tmp_path)
    # The letter that tells of it goes out while the page is open: both links work.
    assert link_in(outbox.to(ADDRESS)[-1]) != path
    assert client.get(link_in(outbox.to(ADDRESS)[-1])).status_code == client.get(path).status_code == 200


def verified_by_openssl(leaf: bytes, chain: bytes, folder: Path) -> bool:
    one, issuing, root = re.findall(
        b"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", chain, re.DOTALL
    )
    assert one == leaf
    for name, content in (("leaf", leaf), ("issuing", issuing), ("root", root)):
        (folder / f"{name}.pem").write_bytes(content)
    files = [
        "-CAfile",
        str(folder / "root.pem"),
        "-untrusted",
        str(folder / "issuing.pem"),
        str(folder / "leaf.pem"),
    ]
    result = subprocess.run(["openssl", "verify", "-x509_strict", *files], capture_output=True, text=True)
    return result.returncode == 0


def test_the_subject_is_the_approved_one(app: Flask, cast: Cast, run_jobs: RunJobs) -> None:
    with app.app_context():
        account = with_key(cast)
        approved_subject = account.subject
    run_jobs()
    (made,) = certificates(app)
    subject = x509.load_pem_x509_certificate(str(made.pem).encode()).subject
    read = {
        name: [str(each.value) for each in subject.get_attributes_for_oid(oid)]
        for name, oid in (
            ("country", NameOID.COUNTRY_NAME),
            ("surname", NameOID.SURNAME),
            ("given_name", NameOID.GIVEN_NAME),
            ("common_name", NameOID.COMMON_NAME),
            ("serial_number", NameOID.SERIAL_NUMBER),
        )
    }
    assert read == {name: [approved_subject[name]] for name in read}
    assert read["serial_number"] == ["PASXX-L898902C3"]
    with app.app_context():
        assert fetch(Dossier, fetch(Account, made.account_id).dossier_id).status == "issued"
        verbs = db.session.scalars(select(TrailEntry.verb).order_by(TrailEntry.id)).all()
    # Pages are drawn at the same time; that is another story.
    told = [verb for verb in verbs if verb != "document.render"]
    assert told[-4:] == ["key.hand_in", "certificate.intend", "certificate.issue", "dossier.issue"]


def test_the_gates_open_one_after_the_other(app: Flask, cast: Cast) -> None:
    def closed(account: Account) -> list[str]:
        return [gate.key for gate in gates_of(account) if not gate.open]

    with app.app_context():
        assert closed(approved(cast)) == ["activated", "key"]
        assert closed(activated(cast)) == ["key"]
        assert closed(with_key(cast)) == []


@pytest.mark.parametrize(
    ("change", "gate"),
    [
        ({"passport_expires_on": now().date()}, "documents"),
        ({"kitas_expires_on": now().date() - timedelta(days=1)}, "documents"),
        ({"status": "withdrawn"}, "approved"),
    ],
)
def test_what_closed_since_the_approval_stops_the_certificate(
    app: Flask, cast: Cast, change: dict[str, object], gate: str
) -> None:
    with app.app_context():
        account = with_key(cast)
        db.session.execute(update(Dossier).where(Dossier.id == account.dossier_id).values(**change))
        db.session.commit()
        db.session.expire_all()
        assert [state.key for state in gates_of(account) if not state.open] == [gate]
        issue(account.id)
        assert certificates_of(account.id) == []


def test_nothing_is_handed_in_before_the_activation(app: Flask, cast: Cast, client: InspectingClient) -> None:
    with app.app_context():
        token = link_for(approved(cast), "certificate")
        with pytest.raises(Refused):
            hand_in_key(token, new_csr())
    assert client.get(f"/certificate/{token}").status_code == 409


@pytest.mark.parametrize("purpose", ["activate", None])
def test_a_foreign_token_opens_nothing(
    app: Flask, cast: Cast, client: InspectingClient, purpose: str | None
) -> None:
    with app.app_context():
        token = link_for(activated(cast), purpose) if purpose else "x" * 43
    for tail in ("", "/certificate.pem", "/chain.pem"):
        assert client.get(f"/certificate/{token}{tail}").status_code == 410


def test_a_token_shows_its_own_account_only(
    app: Flask, cast: Cast, client: InspectingClient, run_jobs: RunJobs
) -> None:
    with app.app_context():
        first, second = with_key(cast), activated(cast)
        own, other = link_for(first, "certificate"), link_for(second, "certificate")
    run_jobs()
    assert client.get(f"/certificate/{own}/certificate.pem").status_code == 200
    assert client.get(f"/certificate/{other}/certificate.pem").status_code == 404


def rsa_2048() -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    key = rsa.generate_private_key(65537, 2048)
    csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return csr.public_bytes(Encoding.PEM)


def broken_signature() -> bytes:
    der = bytearray(x509.load_pem_x509_csr(new_csr()).public_bytes(Encoding.DER))
    der[-1] ^= 1
    return x509.load_der_x509_csr(bytes(der)).public_bytes(Encoding.PEM)


def private_key() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )


@pytest.mark.parametrize(
    ("request_of", "sentence"),
    [
        (lambda: b"", "This is not a certificate request"),
        (lambda: b"hello", "This is not a certificate request"),
        (rsa_2048, "Only keys on the curves P-256 and P-384"),
        (broken_signature, "does not belong to its key"),
        (private_key, "This holds a private key"),
        (lambda: b"-----BEGIN CERTIFICATE REQUEST-----" + b"A" * 20_000, "at most 16 KB"),
    ],
    ids=["nothing", "no request", "weak key", "no proof", "private key", "too large"],
)
def test_a_wrong_request_is_refused_in_a_sentence(
    app: Flask, cast: Cast, client: InspectingClient, request_of: object, sentence: str
) -> None:
    with app.app_context():
        path = f"/certificate/{link_for(activated(cast), 'certificate')}"
    assert callable(request_of)
    answer = client.submit(path, path, csr=request_of().decode())
    assert answer.status_code == 400 and sentence in answer.get_data(as_text=True)
    assert "PRIVATE KEY" not in answer.get_data(as_text=True)
    assert "Make your key" in client.page(path).text


def test_a_file_is_taken_too(app: Flask, cast: Cast, client: InspectingClient) -> None:
    with app.app_context():
        path = f"/certificate/{link_for(activated(cast), 'certificate')}"
    fields = client.page(path).form(path, has={"csr"}).fields
    der = x509.load_pem_x509_csr(new_csr()).public_bytes(Encoding.DER)
    answer = client.post(path, data={**fields, "csr": "", "file": (io.BytesIO(der), "mine.csr")})
    assert answer.status_code == 302


def test_one_key_is_for_one_person_and_never_the_authoritys(app: Flask, cast: Cast) -> None:
    csr = new_csr()
    with app.app_context():
        first, second = activated(cast), activated(cast)
        hand_in_key(link_for(first, "certificate"), csr)
        with pytest.raises(CertificateRequestRefused):
            hand_in_key(link_for(second, "certificate"), csr)
        hand_in_key(link_for(first, "certificate"), new_csr())


def test_of_two_who_hand_in_one_key_at_once_one_gets_it(app: Flask, cast: Cast) -> None:
    csr, start = new_csr(), threading.Barrier(2)
    with app.app_context():
        tokens = [link_for(activated(cast), "certificate") for _ in range(2)]
    answers: list[str] = []

    def hand_in(token: str) -> None:
        with app.app_context():
            start.wait()
            try:
                hand_in_key(token, csr)
            except CertificateRequestRefused as refusal:
                answers.append(str(refusal.message))
            else:
                answers.append("taken")

    threads = [threading.Thread(target=hand_in, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["This key is in use elsewhere. Make a new key and a new request.", "taken"]
    with app.app_context():
        assert db.session.query(KeyRequest).count() == 1


def test_the_database_itself_knows_whose_key_it_is(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the other owner's request is committed between the look and the insert."""
    csr = new_csr()
    with app.app_context():
        first, second = activated(cast), activated(cast)
        hand_in_key(link_for(first, "certificate"), csr)
        monkeypatch.setattr("app.certificates.hand_in._known", lambda _facts: None)
        with pytest.raises(CertificateRequestRefused):
            hand_in_key(link_for(second, "certificate"), csr)


def test_an_owner_who_hands_in_an_earlier_key_again_has_that_one_certified(
    app: Flask, cast: Cast, run_jobs: RunJobs
) -> None:
    first, second = new_csr(), new_csr()
    with app.app_context():
        token = link_for(activated(cast), "certificate")
        asked = [hand_in_key(token, csr).id for csr in (first, first, second, first)]
        assert asked[0] == asked[1] == asked[3] != asked[2]
        states = db.session.execute(select(KeyRequest.id, KeyRequest.status).order_by(KeyRequest.id))
        assert [status for _id, status in states] == ["open", "replaced"]
    run_jobs()
    (made,) = certificates(app)
    assert made.key_request_id == asked[0] and made.status == "issued"


def test_an_issued_dossier_is_not_rejected_any_more(app: Flask, cast: Cast, run_jobs: RunJobs) -> None:
    with app.app_context():
        account = with_key(cast)
        account_id, dossier_id = account.id, account.dossier_id
    run_jobs()
    with app.app_context():
        with pytest.raises(Stale):
            reject(dossier_id, reason="Too late.", actor=cast.supervisor)
        assert fetch(Account, account_id).status == "active"


def test_after_the_certificate_no_other_key_is_taken(
    app: Flask, cast: Cast, client: InspectingClient, run_jobs: RunJobs
) -> None:
    with app.app_context():
        account = activated(cast)
        path = f"/certificate/{link_for(account, 'certificate')}"
    form = client.page(path).form(path, has={"csr"})
    client.send(form, path, csr=new_csr().decode())
    run_jobs()
    assert client.send(form, path, csr=new_csr().decode()).status_code == 409
    assert len(certificates(app)) == 1


def test_a_crash_between_intent_and_record_leaves_exactly_one(
    app: Flask, cast: Cast, run_jobs: RunJobs
) -> None:
    with app.app_context():
        account = with_key(cast)
        certificate_id = intend(account.id)
        db.session.commit()
        # The process ends here: the serial is stored, nothing is signed. The job's next run goes on.
    (before,) = certificates(app)
    assert before.id == certificate_id and before.status == "intended" and before.pem is None
    run_jobs()
    (after,) = certificates(app)
    assert (after.status, after.serial) == ("issued", before.serial)
    assert x509.load_pem_x509_certificate(str(after.pem).encode()).serial_number == int(before.serial, 16)


def test_a_signature_that_was_made_twice_is_recorded_once(app: Flask, cast: Cast, run_jobs: RunJobs) -> None:
    with app.app_context():
        with_key(cast)
    run_jobs()
    (made,) = certificates(app)
    with app.app_context():
        keep(made.id, "a second signature over the same serial")
        assert fetch(Certificate, made.id).pem == made.pem
        issued = db.session.scalars(select(TrailEntry.id).where(TrailEntry.verb == "certificate.issue")).all()
    assert len(issued) == 1


def test_two_jobs_at_once_make_one_certificate(
    app: Flask, cast: Cast, outbox: Outbox, run_jobs: RunJobs
) -> None:
    with app.app_context():
        account_id = with_key(cast, email=ADDRESS).id
    start = threading.Barrier(4)

    def work() -> None:
        with app.app_context():
            start.wait()
            issue(account_id)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run_jobs()
    (made,) = certificates(app)
    assert made.status == "issued"
    assert len([each for each in outbox.to(ADDRESS) if "certificate is issued" in str(each["Subject"])]) == 1


def test_the_issuing_certificate_is_where_every_certificate_says(
    app: Flask, cast: Cast, client: InspectingClient, run_jobs: RunJobs, authority: Authority
) -> None:
    with app.app_context():
        with_key(cast)
    run_jobs()
    leaf = x509.load_pem_x509_certificate(str(certificates(app)[0].pem).encode())
    access = leaf.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    named = [each.access_location.value for each in access if "issuing.cer" in each.access_location.value]
    answer = client.get("/" + named[0].split("/", 3)[3])
    assert answer.mimetype == "application/pkix-cert"
    issuing = x509.load_der_x509_certificate(answer.data)
    assert issuing == authority.issuing
    leaf.verify_directly_issued_by(issuing)


def test_without_an_authority_nothing_is_promised(app: Flask, client: InspectingClient) -> None:
    assert client.get("/authority/issuing.cer").status_code == 404


def test_staff_see_the_list_and_download(
    app: Flask, cast: Cast, client: InspectingClient, run_jobs: RunJobs, sign_in: SignIn
) -> None:
    with app.app_context():
        with_key(cast)
    run_jobs()
    (made,) = certificates(app)
    assert client.get(f"/desk/certificates/{made.id}/certificate.pem").status_code == 302
    sign_in(client, "agent")
    assert "ANNA MARIA ERIKSSON" in client.page("/desk/certificates/").text
    assert client.get(f"/desk/certificates/{made.id}/certificate.pem").data == str(made.pem).encode()
    assert client.get(f"/desk/certificates/{made.id}/chain.pem").data.count(b"BEGIN CERTIFICATE") == 3
    assert client.get("/desk/certificates/99999999999999999999/chain.pem").status_code == 404
    assert client.get("/desk/certificates/?before=99999999999999999999").status_code == 200
