"""The main job in a real browser on the whole real stack: from an e-mail sent by SMTP to a certificate that openssl accepts.

Two agents, a supervisor and the applicant, each in a browser context of their own; nothing is patched, nothing is
written into the database from outside.
"""

from __future__ import annotations

import email
import email.policy
import re
import subprocess
import time
from collections.abc import Callable
from datetime import date, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import TypeVar

from playwright.sync_api import Page, expect

from app.kernel.clock import JAKARTA, now
from demo import samples
from demo.person import Person
from tests.fixtures.browser import NewPage
from tests.fixtures.live import LiveServer

PASSPHRASE = "correct horse battery staple"
PHONE_SCREEN = {"viewport": {"width": 390, "height": 844}, "accept_downloads": True}
T = TypeVar("T")


def test_from_an_email_to_a_certificate(live_server: LiveServer, new_page: NewPage, tmp_path: Path) -> None:
    sample = samples.build(0, live_server.settings.support_address, date.today())  # noqa: DTZ011
    live_server.post(sample.message.as_bytes(policy=email.policy.SMTP), sender=sample.person.email)
    receipt = letter_to(live_server, sample.person, "passport")
    assert "selfie" in text_of(receipt).lower()

    agent = new_page()
    live_server.sign_in(agent, "agent")
    review(agent, live_server, sample.person)
    reference = agent.locator("title").inner_text().split(" ")[0]

    caller = new_page()
    live_server.sign_in(caller, "agent", 1)
    hold_the_call(caller, live_server, reference)
    invitation = letter_to(live_server, sample.person, "video call")
    assert any(part.get_content_type() == "text/calendar" for part in invitation.walk())

    supervisor = new_page()
    live_server.sign_in(supervisor, "supervisor")
    approve(supervisor, live_server, reference)
    first = link_in(letter_to(live_server, sample.person, "activate your"), "/activate/")

    resend_activation(agent, live_server, reference)
    second = until(lambda: newer_link(live_server, sample.person, first))

    applicant = new_page(**PHONE_SCREEN)
    answer = applicant.goto(first)
    assert answer is not None and answer.status == 410, "the newer letter has replaced the first link"
    activate_and_make_key(applicant, second, tmp_path)
    certificate, chain = download_certificate(applicant, tmp_path)

    shown = verified_subject(certificate, chain, live_server)
    assert sample.person.surname in shown and sample.person.given_names in shown
    key = public_key(["pkey", "-in", str(tmp_path / "key.pem"), "-passin", f"pass:{PASSPHRASE}", "-pubout"])
    assert key == public_key(["x509", "-in", str(certificate), "-noout", "-pubkey"])
    letter_to(live_server, sample.person, "is issued")
    agent.goto(f"{live_server.url}/desk/workbench/{reference}")
    expect(agent.locator(".topbar.case .state")).to_contain_text("Issued")
    live_server.flask("trail", "seal")
    assert "The record holds." in live_server.flask("trail", "verify")


def review(page: Page, live: LiveServer, person: Person) -> None:
    """Take the next dossier, accept every document by keyboard, type what the documents say, finish."""
    page.goto(f"{live.url}/desk/")
    page.keyboard.press("n")
    page.wait_for_url("**/workbench/**")
    until(lambda: page.reload() and page.locator(".papers .paper img").count() == 4)
    for field, value in {
        "surname": person.surname,
        "given_names": person.given_names,
        "passport_number": person.passport_number,
        "passport_country": "UTO",
        "nationality": "UTO",
        "birth_date": person.born.isoformat(),
        "passport_expires_on": person.passport_expires.isoformat(),
        "kitas_number": person.kitas_number,
        "kitas_expires_on": person.kitas_expires.isoformat(),
        "company": person.employer,
    }.items():
        page.locator(f"[name={field}]").fill(value)
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()
    for accepted in range(1, 5):
        page.keyboard.press("a")
        expect(page.locator(".papers .pill", has_text="accepted")).to_have_count(accepted)
        page.wait_for_load_state()  # Keys are heard once the page's script runs.
    page.get_by_role("button", name="Finish review").click()
    expect(page.locator(".topbar.case .state")).to_contain_text("Awaiting call")


def hold_the_call(page: Page, live: LiveServer, reference: str) -> None:
    """Find the dossier by its reference, book the call for in ten minutes, hold it, confirm the identity."""
    page.goto(f"{live.url}/desk/")
    page.keyboard.press("/")
    page.keyboard.type(reference)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/desk/workbench/{reference}"))
    page.get_by_role("link", name="Schedule call").click()
    starts = now().astimezone(JAKARTA) + timedelta(minutes=10)
    starts -= timedelta(minutes=starts.minute % 5)
    page.locator("[name=date]").fill(f"{starts:%Y-%m-%d}")
    page.locator("[name=time]").fill(f"{starts:%H:%M}")
    chosen = page.locator("[name=staff] option", has_text=live.who("agent", 1).name).get_attribute("value")
    page.locator("[name=staff]").select_option(chosen)
    page.locator("[name=join_url]").fill("https://meet.example/a-room")
    with page.expect_navigation():
        page.get_by_role("button", name="Book the call").click()
    page.goto(f"{live.url}/desk/workbench/{reference}")
    page.get_by_role("link", name="Open call").click()
    for answer in page.locator("input[type=radio][value=yes]").all():
        answer.check()
    page.locator("input[name=outcome][value=confirmed]").check()
    page.locator("[name=note]").fill("Everything matched; calm and alone.")
    with page.expect_navigation():
        page.get_by_role("button", name="Record the outcome").click()
    page.goto(f"{live.url}/desk/workbench/{reference}")
    expect(page.locator(".topbar.case .state")).to_contain_text("To approve")


def approve(page: Page, live: LiveServer, reference: str) -> None:
    """Open what waits, read it, approve it with a note."""
    page.goto(f"{live.url}/desk/approvals/")
    page.get_by_role("link", name=reference).click()
    page.locator("[name=note]").fill("Documents and call agree.")
    with page.expect_navigation():
        page.get_by_role("button", name="Approve").click()
    page.goto(f"{live.url}/desk/workbench/{reference}")
    expect(page.locator(".topbar.case .state")).to_contain_text("Approved")


def resend_activation(page: Page, live: LiveServer, reference: str) -> None:
    """The agent sends the activation letter again from the account's page."""
    page.goto(f"{live.url}/desk/workbench/{reference}")
    page.get_by_role("link", name="Open account").click()
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile("[Rr]esend|again")).first.click()


def activate_and_make_key(page: Page, link: str, folder: Path) -> None:
    """Press the button of the activation page, make a key in the browser, save it, send the request."""
    page.goto(link)
    page.get_by_role("button", name="Activate my account").click()
    page.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
    page.get_by_label("The same passphrase again").fill(PASSPHRASE)
    page.get_by_role("button", name="Make my key").click()
    with page.expect_download() as saving:
        page.get_by_role("link", name="Save my key file").click()
    saving.value.save_as(folder / "key.pem")
    page.get_by_label("I have saved the file").check()
    page.get_by_role("button", name="Send the request").click()


def download_certificate(page: Page, folder: Path) -> tuple[Path, Path]:
    """Wait for the six things, then download certificate and chain."""
    expect(page.get_by_text("Serial number")).to_be_visible(timeout=60_000)
    paths = folder / "certificate.pem", folder / "chain.pem"
    for name, path in zip(("Download the certificate", "Download it with the chain"), paths, strict=True):
        with page.expect_download() as saving:
            page.get_by_role("link", name=name).click()
        saving.value.save_as(path)
    return paths


def verified_subject(certificate: Path, chain: Path, live: LiveServer) -> str:
    """What `openssl verify` accepts against the desk's own root, and the subject it shows."""
    root = next((live.settings.authority_dir).glob("root*"))
    command = [
        "openssl",
        "verify",
        "-x509_strict",
        "-CAfile",
        str(root),
        "-untrusted",
        str(chain),
        str(certificate),
    ]
    verified = subprocess.run(command, capture_output=True, text=True)
    assert verified.returncode == 0, verified.stderr
    shown = subprocess.run(
        ["openssl", "x509", "-in", str(certificate), "-noout", "-subject", "-nameopt", "utf8"],
        capture_output=True,
        text=True,
        check=True,
    )
    return shown.stdout


def public_key(arguments: list[str]) -> bytes:
    """The public key in PEM as openssl reads it."""
    return subprocess.run(["openssl", *arguments], capture_output=True, check=True).stdout


def letter_to(live: LiveServer, person: Person, words: str) -> EmailMessage:
    """The newest letter to this person whose subject or text has these words; waits for it."""

    def found() -> EmailMessage | None:
        letters = [email.message_from_bytes(raw, policy=email.policy.default) for raw in live.letters()]
        mine = [letter for letter in letters if person.email in str(letter["To"])]
        return next(
            (
                letter
                for letter in reversed(mine)
                if words in f"{letter['Subject']} {text_of(letter)}".lower()
            ),
            None,
        )

    return until(found)


def newer_link(live: LiveServer, person: Person, old: str) -> str | None:
    """The activation link of the newest letter, once it is another than `old`."""
    newest = link_in(letter_to(live, person, "activate your"), "/activate/")
    return newest if newest != old else None


def link_in(letter: EmailMessage, path: str) -> str:
    """The personal link in a letter's text."""
    match = re.search(rf"http\S+{path}\S+", text_of(letter))
    assert match, text_of(letter)
    return match.group()


def text_of(letter: EmailMessage) -> str:
    """The plain text of a letter."""
    body = letter.get_body(("plain",))
    return body.get_content() if body else ""


def until(condition: Callable[[], T | None], seconds: float = 60) -> T:
    """The first true answer of `condition`, asked again and again; fails when it takes too long."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < end, "It did not happen in time."
        time.sleep(0.3)
