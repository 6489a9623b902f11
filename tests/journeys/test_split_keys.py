"""HR mailed five employees' papers: an agent splits them without touching the mouse, in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from app.conversations.models import Conversation
from app.dossiers.models import Dossier
from app.kernel.database import db
from tests.factories.mails import mail, take_in
from tests.factories.staff import PASSWORD
from tests.fixtures.desk import RunJobs
from tests.fixtures.network import free_port
from tests.fixtures.people import People

NAMES = ("Anna Eriksson", "Bo Lund", "Chidi Obi", "Dewi Lestari", "Emil Zatopek")
BODY = """Dear team, the papers of our five colleagues:

1. Anna Eriksson <anna@utopia.example>
2. Bo Lund <bo@utopia.example>
3. Chidi Obi <chidi@utopia.example>
4. Dewi Lestari <dewi@utopia.example>
5. Emil Zatopek
"""


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the desk of this test is served."""
    server = make_server("127.0.0.1", free_port(), app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


def test_five_employees_by_keyboard(
    app: Flask, people: People, run_jobs: RunJobs, address: str, page: Page
) -> None:
    files = tuple(f"{kind} - {name}.jpg" for name in NAMES for kind in ("Passport", "KITAS"))
    with app.app_context():
        take_in(mail("Maya Putri <hr@contoh.example>", text=BODY, files=(*files, "IMG_2041.jpg")))
    run_jobs()
    with app.app_context():
        talk = db.session.query(Conversation).one()
        talk_address = f"{address}/desk/conversations/{talk.reference}"
    page.goto(f"{address}/sign-in")
    page.fill("input[name=email]", people.agent("Sari").email)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/desk/")
    page.goto(talk_address)

    page.keyboard.press("p")
    expect(page.locator("[data-card]")).to_have_count(5)
    # Keys work once the page's scripts have come.
    page.wait_for_load_state("load")
    expect(page.get_by_label("The applicant's own e-mail").nth(1)).to_have_value("bo@utopia.example")
    expect(page.locator("[data-count-of=E]")).to_have_text("2")
    # Nobody knows whose photograph it is: the agent says that it is the second one's.
    page.get_by_label("Person for IMG_2041.jpg").focus()
    page.keyboard.press("b")
    expect(page.locator("[data-count-of=B]")).to_have_text("3")
    # A letter taken away again leaves the file where it is, one more person is one key away.
    page.keyboard.press("Escape")
    page.keyboard.press("+")
    expect(page.locator("[data-card]")).to_have_count(6)
    page.wait_for_load_state("load")
    expect(page.locator("[data-count-of=B]")).to_have_text("3")
    page.keyboard.press("s")

    expect(page.locator(".message[role=status]")).to_contain_text("The papers are split", timeout=60_000)
    with app.app_context():
        dossiers = db.session.query(Dossier).order_by(Dossier.id).all()
        assert [one.person.name for one in dossiers] == list(NAMES)
        assert [one.email for one in dossiers[1:]] == [
            "bo@utopia.example",
            "chidi@utopia.example",
            "dewi@utopia.example",
            "",
        ]
        assert sorted(len(one.documents) for one in dossiers) == [2, 2, 2, 2, 3]
