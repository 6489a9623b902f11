"""What every answer carries."""

from __future__ import annotations

import re

import pytest

from tests.fixtures.pages import InspectingClient
from tests.fixtures.people import SignIn

PAGES = ["/sign-in", "/desk/staff/", "/nothing/here", "/health/live", "/password"]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_strict_and_is_not_kept(client: InspectingClient, sign_in: SignIn, path: str) -> None:
    if path != "/sign-in":
        sign_in(client, "administrator")

    headers = client.get(path).headers

    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert re.fullmatch(r"'nonce-[\w-]{20,}'", policy["script-src"])
    assert policy["style-src"] == policy["form-action"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Referrer-Policy"] == ("same-origin" if path.startswith("/desk") else "no-referrer")


def test_the_nonce_is_new_each_time(client: InspectingClient) -> None:
    policies = {client.get("/sign-in").headers["Content-Security-Policy"] for _ in range(5)}

    assert len(policies) == 5


def test_style_sheets_may_be_kept(client: InspectingClient) -> None:
    headers = client.get("/static/tokens.css").headers

    assert "no-store" not in headers.get("Cache-Control", "")
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_live_address_answers_anybody(client: InspectingClient) -> None:
    answer = client.get("/health/live")

    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_a_script_gets_its_refusal_as_json(client: InspectingClient) -> None:
    answer = client.get("/nothing", headers={"Accept": "application/json"})

    assert (answer.status_code, list(answer.get_json())) == (404, ["message"])
