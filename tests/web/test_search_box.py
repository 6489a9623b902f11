"""The search box in a real Chromium: it finds while somebody types, by keyboard alone, under the strict policy."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from tests.factories.searching import said
from tests.factories.staff import PASSWORD
from tests.fixtures.browser import NewPage
from tests.fixtures.network import free_port
from tests.fixtures.people import People

HOSTILE = 'Ultramarine <b>seal</b> & "quotes" <img src=x onerror=alert(1)>'


@pytest.fixture
def desk(app: Flask, people: People, new_page: NewPage) -> Iterator[Page]:
    """An agent's home, with two mails to find."""
    member = people.agent()
    with app.app_context():
        said(HOSTILE, name="Josefína Nováková")
        said("Another ultramarine seal", name="Budi Santoso")
    server = make_server("127.0.0.1", free_port(), app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    page = new_page()
    page.goto(f"http://127.0.0.1:{server.server_port}/sign-in")
    page.get_by_label("E-mail").fill(member.email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("button[name=submit]").click()
    page.wait_for_url("**/desk/")
    yield page
    # Else what it still loads would be cut off, and the browser complain.
    page.close()
    server.shutdown()
    thread.join()
    server.server_close()


def test_it_finds_while_somebody_types(desk: Page) -> None:
    box, found = desk.get_by_role("combobox"), desk.get_by_role("listbox", name="Found")
    desk.keyboard.press("/")
    expect(box).to_be_focused()
    desk.keyboard.type("ultramar")
    expect(found.get_by_role("option")).to_have_count(2)
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(found.locator("mark").first).to_have_text("Ultramarine", ignore_case=True)
    assert found.locator("b, img").count() == 0, "What somebody wrote stays text."

    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("ArrowDown")
    chosen = found.get_by_role("option", selected=True)
    expect(chosen).to_have_count(1)
    assert box.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    desk.keyboard.press("ArrowUp")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/desk/conversations/C-*")


def test_escape_closes_the_list_and_enter_shows_the_page(desk: Page) -> None:
    box, found = desk.get_by_role("combobox"), desk.get_by_role("listbox", name="Found")
    box.press_sequentially("ultramarine seal")
    expect(found.get_by_role("option")).to_have_count(2)
    desk.keyboard.press("Escape")
    expect(found).to_be_hidden()
    expect(box).to_be_focused()
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/desk/search/*")
    assert "ultra" not in desk.url.lower()
    expect(desk.locator("main mark").first).to_be_visible()
    assert desk.locator("main b b, main img").count() == 0
    desk.get_by_role("button", name="Notes").click()
    expect(desk.get_by_text("Nothing found")).to_be_visible()
    desk.get_by_role("button", name="Everything").click()
    expect(desk.get_by_role("link", name="Registration")).to_have_count(2)


def test_nobody_found_is_said_and_a_press_opens(desk: Page) -> None:
    box, found = desk.get_by_role("combobox"), desk.get_by_role("listbox", name="Found")
    box.press_sequentially("zzzyx")
    expect(found).to_contain_text("Nothing found yet")
    box.fill("")
    box.press_sequentially("novakova")
    found.get_by_role("option").first.click()
    desk.wait_for_url("**/desk/workbench/D-*")
