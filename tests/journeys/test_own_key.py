"""The owner's key, made in a real Chromium and read by openssl: what is saved, what is sent, and what never is.

Self-contained: the page's own template in a minimal frame, served by a small server under the desk's strict CSP.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID
from jinja2 import ChoiceLoader, DictLoader, Environment, FileSystemLoader
from markupsafe import Markup
from playwright.sync_api import Browser, Page, expect, sync_playwright

from app.certificates.proof import check_request

PROJECT = Path(__file__).resolve().parents[2]
STATIC = PROJECT / "app" / "static"
PASSPHRASE = "kopi tubruk Öhringen 42"
NAME = "ANNA MARIA ERIKSSON Ñ'<&"
TYPES = {".js": "text/javascript", ".css": "text/css"}
FRAME = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{% block title %}{% endblock %}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
{% for name in ('tokens', 'parts', 'public') %}<link rel="stylesheet" href="/static/{{ name }}.css">{% endfor %}
</head><body class="public"><main>{% block content %}{% endblock %}</main>
<script type="module" nonce="{{ csp_nonce() }}" src="/static/forms.js"></script>
{% block scripts %}{% endblock %}</body></html>"""
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; img-src 'self' data: blob:; "
    "font-src 'self'; style-src 'self'; connect-src 'self'; script-src 'nonce-abc'; worker-src 'self'"
)


def page_source() -> str:
    loader = ChoiceLoader([DictLoader({"public/base.html": FRAME}), FileSystemLoader(PROJECT / "templates")])
    environment = Environment(loader=loader, autoescape=True)
    environment.filters["moment"] = lambda moment: moment.strftime("%d %B %Y, %H:%M")
    environment.globals |= {
        "_": lambda text: text,
        "csp_nonce": lambda: "abc",
        "csrf_token_field": lambda: Markup('<input type="hidden" name="csrf_token" value="the-token">'),
        "url_for": lambda _endpoint, filename: f"/static/{filename}",
    }
    return environment.get_template("certificates/own_key.html").render(
        subject_name=NAME, post_url="/sent", expires_at=datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
    )


class Handler(BaseHTTPRequestHandler):
    """Serves the page and the static files, and keeps everything it is sent."""

    received: list[str] = []

    def do_GET(self) -> None:
        Handler.received.append(self.path)
        if self.path.startswith("/static/"):
            file = STATIC / self.path.removeprefix("/static/")
            self.answer(file.read_bytes(), TYPES.get(file.suffix, "application/octet-stream"))
        else:
            self.answer(page_source().encode(), "text/html; charset=utf-8")

    def do_POST(self) -> None:
        Handler.received.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.answer(b"<h1>Thank you</h1>", "text/html")

    def answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    Handler.received.clear()
    context = browser.new_context(viewport={"width": 390, "height": 844}, accept_downloads=True)
    opened = context.new_page()
    troubles: list[str] = []
    opened.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.goto(address)
    yield opened
    context.close()
    assert troubles == [], "nothing was blocked by the policy and nothing threw"


def make_key(page: Page) -> None:
    page.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
    page.get_by_label("The same passphrase again").fill(PASSPHRASE)
    page.get_by_role("button", name="Make my key").click()
    expect(page.get_by_role("status")).to_have_text("Your key is made. Save it now.")


def openssl(file: Path, passphrase: str) -> subprocess.CompletedProcess[bytes]:
    command = ["openssl", "pkey", "-in", str(file), "-passin", "stdin", "-pubout", "-outform", "DER"]
    return subprocess.run(command, input=passphrase.encode() + b"\n", capture_output=True)


def posted() -> dict[str, list[str]]:
    # A browser may ask for the answer's icon after the form: the form is the one that is no path.
    return parse_qs(next(text for text in reversed(Handler.received) if not text.startswith("/")))


def test_the_key_is_saved_encrypted_and_only_the_request_is_sent(page: Page, tmp_path: Path) -> None:
    make_key(page)
    expect(page.get_by_role("button", name="Send the request")).to_be_disabled()
    expect(page.get_by_label("I have saved the file")).to_be_disabled()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Save my key file").click()
    assert downloading.value.suggested_filename == "xignature-key.pem"
    saved = tmp_path / "key.pem"
    downloading.value.save_as(saved)
    page.get_by_label("I have saved the file").check()
    page.get_by_role("button", name="Send the request").click()
    page.wait_for_url("**/sent")

    form = posted()
    assert set(form) == {"csrf_token", "csr"} and form["csrf_token"] == ["the-token"]
    facts = check_request(form["csr"][0].encode())
    csr = x509.load_der_x509_csr(facts.csr_der)
    assert (facts.algorithm, facts.size) == ("EC", 256) and csr.is_signature_valid
    assert csr.subject == x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    assert openssl(saved, PASSPHRASE).stdout == facts.spki_der
    assert openssl(saved, "another passphrase").returncode != 0
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in saved.read_bytes()

    told = "\n".join(Handler.received)
    assert "PRIVATE" not in told and "kopi" not in told, "neither key nor passphrase ever left the browser"


def test_openssl_sees_600000_rounds_and_verifies_the_request(page: Page, tmp_path: Path) -> None:
    make_key(page)
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Save my key file").click()
    saved, request = tmp_path / "key.pem", tmp_path / "request.pem"
    downloading.value.save_as(saved)
    request.write_text(page.locator("#own-key-request").input_value())
    parsed = subprocess.run(
        ["openssl", "asn1parse", "-in", str(saved)], capture_output=True, text=True
    ).stdout
    assert "PBKDF2" in parsed and "hmacWithSHA256" in parsed and "aes-256-cbc" in parsed
    assert f"INTEGER           :{600000:06X}" in parsed
    verify = ["openssl", "req", "-in", str(request), "-verify", "-noout"]
    verified = subprocess.run(verify, capture_output=True, text=True)
    assert verified.returncode == 0, verified.stderr


def test_many_requests_are_all_valid_der(page: Page) -> None:
    """Signatures whose r or s begins with a zero or a high bit come up about every other time."""
    requests = page.evaluate(
        """async () => {
            const { newKeyPair, requestFor } = await import('/static/pkcs.js');
            const made = [];
            for (let i = 0; i < 300; i += 1) made.push(await requestFor(await newKeyPair(), 'N'.repeat(i)));
            return made;
        }"""
    )
    for request in requests:
        assert check_request(request.encode()).size == 256


def test_the_keyboard_does_it_all_and_a_second_key_replaces_the_first(page: Page) -> None:
    page.get_by_label("Passphrase", exact=True).focus()
    page.keyboard.type(PASSPHRASE)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSPHRASE)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Save my key file")).to_be_focused()
    first = page.locator("#own-key-request").input_value()
    page.get_by_role("button", name="Start again").press("Enter")
    expect(page.get_by_label("Passphrase", exact=True)).to_be_focused()
    assert page.get_by_label("Passphrase", exact=True).input_value() == "", "the passphrase is forgotten"
    assert page.locator("#own-key-request").input_value() == ""
    page.keyboard.type(PASSPHRASE)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSPHRASE)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Save my key file")).to_be_focused()
    with page.expect_download():
        page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sent")
    assert posted()["csr"][0].replace("\r\n", "\n") != first


def test_weak_and_different_passphrases_are_refused_in_a_sentence(page: Page) -> None:
    passphrase, again = (
        page.get_by_label("Passphrase", exact=True),
        page.get_by_label("The same passphrase again"),
    )
    for weak in ("", "short", "aaaaaaaaaaaaaaaa", "ababababababab", "passwordpassword"):
        passphrase.fill(weak)
        again.fill(weak)
        page.get_by_role("button", name="Make my key").click()
        expect(page.locator("#own-key-trouble")).to_contain_text("at least 12 characters")
        expect(passphrase).to_be_focused()
        expect(passphrase).to_have_attribute("aria-invalid", "true")
    passphrase.fill(PASSPHRASE)
    again.fill(PASSPHRASE + "x")
    page.get_by_role("button", name="Make my key").click()
    expect(page.locator("#own-key-trouble")).to_contain_text("not the same")
    expect(again).to_be_focused()
    assert all(path.startswith(("/static/", "/")) and "?" not in path for path in Handler.received)
    expect(page.get_by_role("link", name="Save my key file")).to_be_hidden()


def test_the_hint_grows_with_the_passphrase(page: Page) -> None:
    field, hint = page.get_by_label("Passphrase", exact=True), page.locator("#own-key-strength")
    for typed, said in (
        ("abc", "Too short"),
        ("kopitubruk42", "Fair"),
        ("kopi tubruk 42", "Good"),
        (PASSPHRASE, "Very good"),
    ):
        field.fill(typed)
        expect(hint).to_contain_text(said)


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_a_request_of_ones_own_can_be_chosen(page: Page, tmp_path: Path, encoding: Encoding) -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA384())
    file = tmp_path / "mine.csr"
    file.write_bytes(csr.public_bytes(encoding))
    page.get_by_text("I have a certificate request").click()
    page.get_by_label("Choose the file").set_input_files(file)
    expect(page.get_by_label("Certificate request", exact=True)).not_to_have_value("")
    page.get_by_role("button", name="Send this request").click()
    page.wait_for_url("**/sent")
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert check_request(posted()["csr"][0].encode()).spki_der == spki


def test_a_private_key_is_held_back(page: Page, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = tmp_path / "oops.pem"
    file.write_bytes(secret)
    page.get_by_text("I have a certificate request").click()
    page.get_by_label("Choose the file").set_input_files(file)
    expect(page.locator("#own-key-csr-trouble")).to_contain_text("private key")
    page.get_by_label("Certificate request", exact=True).fill(secret.decode())
    page.get_by_role("button", name="Send this request").click()
    expect(page.locator("#own-key-csr-trouble")).to_contain_text("was not sent")
    assert not any("PRIVATE" in received for received in Handler.received)


def test_without_javascript_a_request_can_be_pasted_and_no_passphrase_is_asked(
    browser: Browser, address: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    expect(page.locator("#own-key-passphrase")).to_be_hidden()
    page.get_by_text("I have a certificate request").click()
    expect(page.get_by_label("Certificate request", exact=True)).to_be_visible()
    expect(page.locator("#own-key-chosen")).to_be_hidden()
    context.close()
