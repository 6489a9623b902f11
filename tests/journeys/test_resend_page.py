"""Asking for the activation link again, in a real Chromium: the check runs in a worker under the strict policy."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy import text
from werkzeug.serving import make_server

from app.kernel.database import db
from tests.fixtures.browser import NewPage
from tests.fixtures.network import free_port

PHONE = {"viewport": {"width": 390, "height": 844}}


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", free_port(), app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/register/activate"
    server.shutdown()
    thread.join()
    server.server_close()


def asked(app: Flask) -> int:
    with app.app_context():
        question = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'accounts.send_asked_link'"
        return int(db.session.scalar(text(question)) or 0)


def test_the_check_is_done_when_the_button_is_pressed(app: Flask, address: str, new_page: NewPage) -> None:
    page = new_page(**PHONE)
    page.goto(address)
    page.get_by_label("E-mail address").fill("anna@utopia.example")
    page.get_by_role("button", name="Send the link").dblclick()
    expect(page.get_by_role("status").first).to_contain_text("a new link is on its way", timeout=30_000)
    expect(page.get_by_text("dita@xignature.co.id")).to_be_visible()
    assert asked(app) == 1, "A double click asks once."


def test_a_check_that_cannot_be_done_says_so(app: Flask, address: str, new_page: NewPage) -> None:
    page = new_page(**PHONE)
    page.route("**/register/activate/task", lambda route: route.fulfill(status=500, body="{}"))
    page.goto(address)
    page.get_by_label("E-mail address").fill("anna@utopia.example")
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_text("The check did not work.")).to_be_visible()
    expect(page.get_by_role("button", name="Send the link")).to_be_enabled()
    assert asked(app) == 0


def test_without_javascript_the_page_says_what_to_do(address: str, new_page: NewPage) -> None:
    page = new_page(**PHONE, java_script_enabled=False)
    page.goto(address)
    # Playwright's text search passes over what stands in a noscript, so that it is asked for by its place.
    expect(page.locator("noscript .message")).to_be_visible()
    assert "This check needs JavaScript" in page.content()
