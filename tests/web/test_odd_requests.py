"""Requests that no browser sends: characters that the database refuses; and ways on from a refused one."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask

from app.kernel.access import MOST_FROM_STRANGERS
from tests.fixtures.pages import InspectingClient
from tests.fixtures.people import SignIn


@pytest.mark.parametrize("roles", [("supervisor", "auditor"), ("administrator",)])
def test_a_nul_in_an_address_is_a_page_that_does_not_exist(
    app: Flask, client: InspectingClient, sign_in: SignIn, roles: tuple[str, ...]
) -> None:
    sign_in(client, *roles)

    for rule in app.url_map.iter_rules():
        if not rule.arguments or "GET" not in (rule.methods or set()):
            continue
        path = re.sub(r"<[^>]+>", "a%00b", re.sub(r"<(int|row)[^>]*>", "1", str(rule)))
        assert client.get(path).status_code in (403, 404, 410), path


def test_a_refusal_at_the_desk_keeps_the_desk_around_it(client: InspectingClient, sign_in: SignIn) -> None:
    assert 'aria-label="Sections"' not in client.get("/desk/workbench/D-NONE9").text
    sign_in(client, "agent")

    answer = client.get("/desk/workbench/D-NONE9")

    assert answer.status_code == 404
    assert 'aria-label="Sections"' in answer.text and "There is nothing here" in answer.text


def test_a_nul_in_a_question_or_a_form_is_a_clear_refusal(client: InspectingClient, sign_in: SignIn) -> None:
    assert client.get("/register/activate?a=%00").status_code == 400
    for form in ({"email": "a\0b"}, {"email": "a\0b@x.example"}, {"password": "secret\0"}):
        assert (
            client.submit("/sign-in", **{"email": "a@x.example", "password": "x", **form}).status_code == 400
        )
    sign_in(client, "agent")
    assert client.submit("/desk/", "/desk/search/", query="Anna\0").status_code == 400


def test_a_nul_in_a_files_type_is_refused_too(client: InspectingClient, sign_in: SignIn) -> None:
    sign_in(client, "agent")
    token = client.page("/desk/").form("/desk/search/").fields["csrf_token"]
    sent = {"csrf_token": token, "query": "x", "file": (io.BytesIO(b"x"), "x.jpg", "image/a\0b")}

    assert client.post("/desk/search/", data=sent).status_code == 400


@pytest.mark.parametrize("path", ["/sign-in", "/register/activate", "/certificate/token", "/language"])
def test_strangers_cannot_send_much(client: InspectingClient, path: str) -> None:
    sent = {"file": (io.BytesIO(b"x" * (MOST_FROM_STRANGERS + 1)), "x.bin")}

    assert client.post(path, data=sent).status_code == 413


def test_a_refusal_leads_back_to_the_page_that_was_used(
    app: Flask, client: InspectingClient, sign_in: SignIn
) -> None:
    sign_in(client, "agent")

    def way_on(referrer: str) -> str:
        answer = client.post("/desk/next", headers={"Referer": referrer})
        assert answer.status_code == 400
        found = re.search(r'<a class="button primary" href="([^"]+)"', answer.text)
        assert found
        return found.group(1)

    assert way_on("http://localhost/desk/dossiers/?view=mine") == "/desk/dossiers/?view=mine"
    assert way_on("http://evil.example/desk/dossiers/") == "/desk/"
    assert way_on("http://localhost//evil.example/") == "/desk/"
    assert way_on("") == "/desk/"


def test_the_language_is_switched_on_a_page_that_can_be_had_again(
    client: InspectingClient, sign_in: SignIn
) -> None:
    sign_in(client, "agent")

    def comes_back_to(path: str) -> str:
        answer = client.post(path, headers={"Referer": "http://localhost/desk/dossiers/"})
        found = re.search(r'name="next" value="([^"]*)"', answer.text)
        assert found
        return found.group(1)

    assert comes_back_to("/desk/next") == "/desk/dossiers/", "this address only takes forms"
    assert comes_back_to("/register/activate") == "/register/activate"


def test_a_refused_form_of_a_stranger_leads_back_to_its_page(client: InspectingClient) -> None:
    assert 'href="/register/activate"' in client.post("/register/activate").text
    assert "as it is now" not in client.get("/register/nothing").text
