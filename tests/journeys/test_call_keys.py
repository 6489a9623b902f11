"""The call's checklist by keyboard, in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from app.calls.models import Call
from app.kernel.database import db
from tests.factories.calls import booked
from tests.factories.staff import PASSWORD
from tests.fixtures.network import free_port
from tests.fixtures.people import People


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the desk of this test is served."""
    server = make_server("127.0.0.1", free_port(), app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


def test_y_and_n_answer_the_marked_item(app: Flask, people: People, address: str, page: Page) -> None:
    caller = people.agent("Sari")
    with app.app_context():
        call_id = booked(caller, reviewer=people.agent()).id
    page.goto(f"{address}/sign-in")
    page.fill("input[name=email]", caller.email)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/desk/")
    page.goto(f"{address}/desk/calls/{call_id}")

    page.keyboard.press("n")
    page.keyboard.press("ArrowUp")
    for _item in range(10):
        page.keyboard.press("y")
    expect(page.locator("input[value=yes]:checked")).to_have_count(10)

    page.locator("[data-item]").nth(6).click()
    page.keyboard.press("n")
    page.check("input[name=outcome][value=confirmed]")
    # In the note both letters are letters.
    page.locator("textarea[name=note]").press_sequentially("any way")
    page.get_by_role("button", name="Record the outcome").click()
    expect(page.get_by_role("alert")).to_contain_text("Face")
    expect(page.locator("textarea[name=note]")).to_have_value("any way")

    expect(page.locator("[data-item].current")).to_contain_text("Before the call")
    page.locator("[data-item]").nth(6).click()
    page.keyboard.press("y")
    page.get_by_role("button", name="Record the outcome").click()
    expect(page.get_by_role("status")).to_contain_text("The outcome is recorded.")
    with app.app_context():
        assert db.session.scalar(select(Call.status)) == "confirmed"
