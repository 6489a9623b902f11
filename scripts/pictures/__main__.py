"""`make pictures`: needs `make run` of this folder, freshly reset, and Debian's Chromium."""

from __future__ import annotations

import smtplib
import sys
from datetime import date
from email.message import EmailMessage
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from config import PROJECT, Settings
from demo import samples
from demo.local_only import insist_on_local
from demo.people import sign_ins
from demo.person import Person
from scripts.pictures import walk
from scripts.pictures.camera import PHONE, STAFF, Camera

CHROMIUM = Path("/usr/bin/chromium")
# A third of the letters are questions, which open no dossier.
LETTERS, DOSSIERS = 12, 8


def main() -> int:
    """Take every picture; about two minutes."""
    settings = Settings.from_env()
    insist_on_local(settings)
    applicants = _post_letters(settings)
    with sync_playwright() as playwright:
        arguments = [
            "--no-sandbox",
            "--disable-gpu",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
        ]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        camera = Camera(browser, PROJECT / "docs" / "pictures")
        people = sign_ins(settings.data_dir / "sign-ins.txt")
        _everything(walk.Desk(settings.public_url, people, applicants, camera))
        browser.close()
    return 0


def _post_letters(settings: Settings) -> list[Person]:
    """Post until there are enough dossiers to fill a list, and one letter that is too large to be taken in."""
    while samples._posted_so_far(settings) < LETTERS:
        samples.post_next(settings)
    large = EmailMessage()
    large["From"], large["To"], large["Subject"] = (
        "Scanner <scan@utopia.example>",
        settings.support_address,
        "Scans",
    )
    large["Message-ID"] = "<scans@utopia.example>"
    large.set_content(("x" * 76 + "\n") * (settings.mail_max_bytes // 77 + 1))
    with smtplib.SMTP(settings.smtp.host, settings.smtp.port, timeout=60) as server:
        server.send_message(large)
    today = date.today()  # noqa: DTZ011  # as the samples themselves are dated
    return [samples.build(number, settings.support_address, today).person for number in range(LETTERS)]


def _everything(desk: walk.Desk) -> None:
    agent = desk.camera.open(STAFF)
    agent.goto(f"{desk.url}/sign-in")
    desk.take(agent, "sign-in")
    desk.sign_in(agent, "agent")
    agent.goto(f"{desk.url}/desk/dossiers/?view=all")
    walk.reload_until(agent, lambda: agent.locator("[data-row]").count() == DOSSIERS)
    caller = desk.camera.open(STAFF)
    desk.sign_in(caller, "agent", 1)
    approved, person = _first(agent, caller, desk)
    _others(agent, caller, desk)
    _decision(desk, approved)
    phone = desk.camera.open(PHONE)
    letters = desk.camera.open(STAFF)
    link = walk.activation_link(letters, desk, person)
    desk.take(letters, "local-letters")
    walk.make_key(phone, desk, link)
    walk.ask_for_link(phone, desk, person)
    _lists(agent, desk, approved, person)
    _watchers(desk)


def _first(agent: Page, caller: Page, desk: walk.Desk) -> tuple[str, Person]:
    """The first dossier, from the workbench to its approval request."""
    reference, person = walk.next_dossier(agent, desk)
    walk.ask_again(agent, desk)
    agent.goto(f"{desk.url}/desk/workbench/{reference}")
    walk.type_what_it_says(agent, person)
    walk.accept(agent, 1)
    agent.goto(f"{desk.url}/desk/workbench/{reference}")
    desk.take(agent, "workbench")
    walk.accept(agent, 3, before=1)
    walk.finish_review(agent)
    walk.book_call(agent, desk, reference, minutes=10, picture=True)
    walk.hold_call(caller, desk, reference, picture=True)
    return reference, person


def _others(agent: Page, caller: Page, desk: walk.Desk) -> None:
    """One more dossier that waits for approval and one with a call tomorrow."""
    for minutes in (10, 24 * 60):
        reference, person = walk.next_dossier(agent, desk)
        walk.type_what_it_says(agent, person)
        walk.accept(agent, 4)
        walk.finish_review(agent)
        walk.book_call(agent, desk, reference, minutes=minutes)
        if minutes < 60:
            walk.hold_call(caller, desk, reference)
    walk.next_dossier(agent, desk)
    for name, path in {"home": "", "dossiers": "dossiers/?view=all", "calls": "calls/"}.items():
        agent.goto(f"{desk.url}/desk/{path}")
        desk.take(agent, name)


def _decision(desk: walk.Desk, reference: str) -> None:
    supervisor = desk.camera.open(STAFF)
    desk.sign_in(supervisor, "supervisor")
    walk.approve(supervisor, desk, reference)
    supervisor.goto(f"{desk.url}/desk/quarantine/")
    walk.reload_until(supervisor, lambda: supervisor.get_by_text("Larger than").count())
    desk.take(supervisor, "quarantine")


def _lists(agent: Page, desk: walk.Desk, reference: str, person: Person) -> None:
    """What the agent sees afterwards."""
    agent.goto(f"{desk.url}/desk/workbench/{reference}")
    agent.get_by_role("link", name="Open account").click()
    desk.take(agent, "account")
    for name, path in {
        "certificates": "certificates",
        "letters": "letters",
        "macros": "macros",
        "inbox": "conversations",
    }.items():
        agent.goto(f"{desk.url}/desk/{path}/")
        desk.take(agent, name)
    agent.locator("[data-row-link]").first.click()
    desk.take(agent, "conversation")
    agent.goto(f"{desk.url}/desk/letters/")
    agent.locator("[data-row-link]").first.click()
    desk.take(agent, "letter")
    agent.goto(f"{desk.url}/desk/")
    agent.wait_for_load_state("networkidle")
    agent.keyboard.press("/")
    agent.keyboard.type(person.email)
    agent.keyboard.press("Enter")
    agent.wait_for_url("**/desk/search/**")
    desk.take(agent, "search")


def _watchers(desk: walk.Desk) -> None:
    """What auditors and administrators see."""
    for role, names in {"auditor": ["trail"], "administrator": ["staff", "health"]}.items():
        page = desk.camera.open(STAFF)
        desk.sign_in(page, role)
        for name in names:
            page.goto(f"{desk.url}/desk/{name}/")
            desk.take(page, name)


if __name__ == "__main__":
    sys.exit(main())
