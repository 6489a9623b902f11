"""An agent answers a question in a real browser, by keyboard, on the whole real stack: macro, undo, send, the reply,
and what machines say to it.
"""

from __future__ import annotations

import email
import email.policy
import re
import time
from collections.abc import Callable
from email.message import EmailMessage
from typing import TypeVar

from playwright.sync_api import Page, expect

from tests.factories.mails import bounce, mail
from tests.fixtures.browser import NewPage
from tests.fixtures.live import LiveServer

ANNA = "anna@utopia.example"
BUDI = "Budi Santoso <budi@utopia.example>"
BEGUN = re.compile("^Dear Anna,")
T = TypeVar("T")


def test_a_question_is_answered_by_keyboard_and_the_thread_goes_on(
    live_server: LiveServer, new_page: NewPage
) -> None:
    post(live_server, mail(subject="Where is my activation e-mail?", text="I have not got it. Where is it?"))
    post(live_server, mail(BUDI, subject="Certificates", text="What is a certificate?"))
    until(lambda: len(letters_to(live_server, ANNA)) == 1)
    agent, colleague = new_page(), new_page()
    who = live_server.sign_in(agent, "agent")
    other = live_server.sign_in(colleague, "agent", 1)
    open_by_keyboard(agent, live_server, "Where is my activation e-mail?")
    address = agent.url

    agent.keyboard.press("m")
    expect(agent.locator("#macro-dialog")).to_be_visible()
    agent.keyboard.type("spam folder")
    agent.keyboard.press("Enter")
    body = agent.locator("#reply-body")
    expect(body).to_have_value(BEGUN)
    expect(agent.locator("[data-draft-state]")).to_have_text("Draft saved")
    colleague.goto(address)
    expect(colleague.locator("[data-others]")).to_have_text(f"{who.name} is replying")
    call_in(colleague, who.name)
    agent.reload()
    ready(agent)
    expect(body).to_have_value(BEGUN)
    expect(agent.locator(".mail.is-note")).to_contain_text(f"@{who.name} please tell her the address")
    expect(agent.locator(".mail.is-note")).to_contain_text(other.name)

    agent.keyboard.press("r")
    agent.keyboard.press("Control+Enter")
    expect(agent.locator(".undo-bar")).to_contain_text("sending in")
    agent.keyboard.press("z")
    expect(agent.locator(".undo-bar")).to_have_count(0)
    expect(body).to_have_value(BEGUN)
    attach(agent)
    agent.keyboard.press("r")
    agent.keyboard.press("Control+End")
    agent.keyboard.type("\nWrite again if it is not there.")
    agent.keyboard.press("Control+Enter")
    answer = until(lambda: answered(live_server))

    assert answer["Subject"] == "Re: Where is my activation e-mail?"
    assert "please tell her" not in answer.as_string() and "Write again" in plain(answer)
    assert [part.get_filename() for part in answer.iter_attachments()] == ["guide.pdf"]
    post(
        live_server,
        mail(text="Got it, thank you!", subject="Re: Where?", In_Reply_To=str(answer["Message-ID"])),
    )
    agent.goto(address)
    until(lambda: agent.reload() and "Got it, thank you!" in agent.locator(".talk-thread").inner_text())
    expect(agent.locator(".talk-head")).to_contain_text("To answer")
    post(
        live_server,
        mail(text="I am away.", In_Reply_To=str(answer["Message-ID"]), Auto_Submitted="auto-replied"),
    )
    live_server.post(bounce(str(answer["Message-ID"]), ANNA), sender="")
    until(lambda: agent.reload() and agent.locator(".talk-thread", has_text="Came back").count())
    until(lambda: agent.reload() and "I am away." in agent.locator(".talk-thread").inner_text())
    ready(agent)
    agent.keyboard.press("]")
    expect(agent.locator(".talk-head h1")).to_have_text("Certificates")
    assert len(letters_to(live_server, ANNA)) == 2, (
        "A receipt and one answer: what was taken back never left, and no machine was answered."
    )


def open_by_keyboard(page: Page, live: LiveServer, subject: str) -> None:
    """Walk the list with j until the subject has the focus, and open it."""
    page.goto(f"{live.url}/desk/conversations/")
    for _row in range(5):
        page.keyboard.press("j")
        if page.evaluate("document.activeElement.textContent") == subject:
            break
    page.keyboard.press("Enter")
    expect(page.locator(".talk-head h1")).to_have_text(subject)
    ready(page)


def ready(page: Page) -> None:
    """The page's scripts have run: they alone show the tabs of the box."""
    expect(page.locator(".write-tabs")).to_be_visible()


def call_in(page: Page, name: str) -> None:
    """Write a note that calls this colleague in, the name chosen from what @ offers."""
    ready(page)
    page.keyboard.press("n")
    page.keyboard.type(f"@{name[:3].lower()}")
    expect(page.locator(".mention-list li:visible")).to_have_text([name])
    page.keyboard.press("Enter")
    page.keyboard.type("please tell her the address")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".mail.is-note")).to_have_count(1)


def attach(page: Page) -> None:
    """One file that may go, after one that may not."""
    ready(page)
    chooser = page.locator("#reply-files")
    chooser.set_input_files([{"name": "setup.exe", "mimeType": "application/pdf", "buffer": b"MZ"}])
    expect(page.locator("#answer [data-problem]")).to_contain_text("“setup.exe” is not sent")
    chooser.set_input_files(
        [{"name": "guide.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 guide"}]
    )
    expect(page.locator("[data-enclosed] li")).to_have_count(1)


def post(live: LiveServer, message: EmailMessage) -> None:
    live.post(
        message.as_bytes(policy=email.policy.SMTP), sender=str(message["From"]).rpartition("<")[2].strip(">")
    )


def letters_to(live: LiveServer, address: str) -> list[EmailMessage]:
    """What the desk sent to this address, oldest first."""
    found = [email.message_from_bytes(raw, policy=email.policy.default) for raw in live.letters()]
    return [one for one in found if isinstance(one, EmailMessage) and one["To"] == address]


def answered(live: LiveServer) -> EmailMessage | None:
    return next((one for one in letters_to(live, ANNA) if one["Auto-Submitted"] is None), None)


def plain(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def until(condition: Callable[[], T | None], seconds: float = 60) -> T:
    """The first true answer of `condition`, asked again and again; fails when it takes too long."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < end, "It did not happen in time."
        time.sleep(0.3)
