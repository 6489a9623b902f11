"""The main job, driven on the screens as people do it; `take` is called wherever there is something to see."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from playwright.sync_api import Page, expect

from app.kernel.clock import JAKARTA, now
from demo.people import SignIn
from demo.person import Person
from scripts.pictures.camera import Camera

PASSPHRASE = "correct horse battery staple"
PATIENCE_SECONDS = 90


@dataclass(frozen=True)
class Desk:
    """The running desk: its address, who signs in, and whose letters were posted."""

    url: str
    people: list[SignIn]
    applicants: list[Person]
    camera: Camera

    def who(self, role: str, number: int = 0) -> SignIn:
        """The first (or next) person with this role."""
        return [person for person in self.people if person.role == role][number]

    def sign_in(self, page: Page, role: str, number: int = 0) -> None:
        """Sign a person in on the form."""
        person = self.who(role, number)
        page.goto(f"{self.url}/sign-in")
        page.fill("input[name=email]", person.email)
        page.fill("input[name=password]", person.password)
        page.click("button[name=submit]")
        page.wait_for_url(f"{self.url}/desk/**")

    def take(self, page: Page, name: str) -> None:
        """Photograph the page."""
        self.camera.take(page, name)


def until(condition: Callable[[], object]) -> None:
    """Wait for something that the worker or the intake does; raises TimeoutError when it does not happen."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("It did not happen in time: look into var/log.")
        time.sleep(0.4)


def reload_until(page: Page, condition: Callable[[], object]) -> None:
    """Reload the page until it shows what is expected."""

    def shown() -> object:
        page.reload()
        return condition()

    until(shown)


def next_dossier(page: Page, desk: Desk) -> tuple[str, Person]:
    """Press n on the home page; the reference of the dossier that it gives, and whose it is."""
    page.goto(f"{desk.url}/desk/")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("n")
    page.wait_for_url("**/workbench/**")
    reload_until(page, lambda: page.locator(".papers .paper img").count() == 4)
    shown = page.content()
    reference = page.locator("title").inner_text().split(" ")[0]
    return reference, next(person for person in desk.applicants if person.email in shown)


def ask_again(page: Page, desk: Desk) -> None:
    """Open the dialog, tick two reasons, look at the letter, and leave it unsent."""
    page.keyboard.press("r")
    dialog = page.locator("#ask-dialog")
    expect(dialog).to_be_visible()
    for document in (0, 1):
        dialog.locator("fieldset").nth(document).locator("input[type=checkbox]").nth(document).check()
    dialog.locator("textarea").fill("A photo taken in daylight, without flash, works best.")
    desk.take(page, "ask-again")
    dialog.get_by_role("button", name="Show the letter").click()
    expect(page.locator("#ask-dialog .letter")).to_be_visible()
    desk.take(page, "ask-again-letter")


def type_what_it_says(page: Page, person: Person) -> None:
    """Fill in what stands in the documents and save it."""
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


def accept(page: Page, count: int, before: int = 0) -> None:
    """Accept so many documents more, by key."""
    for accepted in range(before + 1, before + count + 1):
        page.wait_for_load_state("networkidle")
        page.keyboard.press("a")
        expect(page.locator(".papers .pill", has_text="accepted")).to_have_count(accepted)


def finish_review(page: Page) -> None:
    """Press the state's own step."""
    page.wait_for_load_state("networkidle")
    page.get_by_role("button", name="Finish review").click()
    expect(page.locator(".topbar.case .state")).to_contain_text("Awaiting call")


def book_call(page: Page, desk: Desk, reference: str, *, minutes: int, picture: bool = False) -> None:
    """Book a call that the second agent holds, in so many minutes from now."""
    page.goto(f"{desk.url}/desk/calls/schedule/{reference}")
    starts = now().astimezone(JAKARTA) + timedelta(minutes=minutes)
    starts -= timedelta(minutes=starts.minute % 5)
    page.locator("[name=date]").fill(f"{starts:%Y-%m-%d}")
    page.locator("[name=time]").fill(f"{starts:%H:%M}")
    chosen = page.locator("[name=staff] option", has_text=desk.who("agent", 1).name).get_attribute("value")
    page.locator("[name=staff]").select_option(chosen)
    page.locator("[name=join_url]").fill("https://meet.example/a-room")
    if picture:
        desk.take(page, "schedule-call")
    with page.expect_navigation():
        page.get_by_role("button", name="Book the call").click()


def hold_call(page: Page, desk: Desk, reference: str, *, picture: bool = False) -> None:
    """Answer the checklist and record that the identity is confirmed."""
    page.goto(f"{desk.url}/desk/workbench/{reference}")
    page.get_by_role("link", name="Open call").click()
    page.wait_for_load_state("networkidle")
    answers = page.locator("input[type=radio][value=yes]").all()
    for number, answer in enumerate(answers):
        if picture and number == 4:
            desk.take(page, "call")
        answer.check()
    page.locator("input[name=outcome][value=confirmed]").check()
    page.locator("[name=note]").fill("Everything matched; calm and alone.")
    with page.expect_navigation():
        page.get_by_role("button", name="Record the outcome").click()


def approve(page: Page, desk: Desk, reference: str) -> None:
    """Open what waits, read it, approve it with a note."""
    page.goto(f"{desk.url}/desk/approvals/")
    desk.take(page, "approvals")
    page.get_by_role("link", name=reference).click()
    page.wait_for_load_state("networkidle")
    desk.take(page, "approval")
    page.locator("[name=note]").fill("Documents and call agree.")
    with page.expect_navigation():
        page.get_by_role("button", name="Approve").click()


def activation_link(page: Page, desk: Desk, person: Person) -> str:
    """The link in the newest activation letter of this person, as the local letters page shows it."""
    page.goto(f"{desk.url}/local/letters")
    letter = page.locator("tr, li", has_text=person.email).filter(has_text=re.compile("[Aa]ctivate")).first
    reload_until(page, lambda: letter.count())
    letter.get_by_role("link").first.click()
    page.wait_for_load_state("networkidle")
    found = re.search(r"http\S+?/activate/[\w.~-]+", page.locator("body").inner_text())
    if not found:
        raise LookupError("The activation letter shows no link.")
    return found.group()


def make_key(page: Page, desk: Desk, link: str) -> None:
    """Activate, make the key in the browser, send the request, wait for the certificate; photographed on the way."""
    page.goto(link)
    desk.take(page, "activate")
    page.get_by_role("button", name="Activate my account").click()
    page.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
    page.get_by_label("The same passphrase again").fill(PASSPHRASE)
    desk.take(page, "key")
    page.get_by_role("button", name="Make my key").click()
    with page.expect_download():
        page.get_by_role("link", name="Save my key file").click()
    page.get_by_label("I have saved the file").check()
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_text("Serial number")).to_be_visible(timeout=PATIENCE_SECONDS * 1000)
    desk.take(page, "certificate")


def ask_for_link(page: Page, desk: Desk, person: Person) -> None:
    """The public form that sends the activation link again."""
    page.goto(f"{desk.url}/register/activate")
    page.get_by_label("E-mail address").fill(person.email)
    desk.take(page, "resend")
