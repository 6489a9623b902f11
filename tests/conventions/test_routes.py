"""Every route states who may use it, and refuses everybody else: walked for each role and for the anonymous."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from werkzeug.routing import IntegerConverter, Rule

from app.kernel.access import PUBLIC, SIGNED_IN, Requirement, requirement
from app.staff.roles import PERMISSIONS, RoleName
from tests.fixtures.pages import InspectingClient
from tests.fixtures.people import SignIn

# Flask-Security brings these along; the desk does not offer them, and the guard refuses what states nothing.
REFUSED_TO_ALL = {"security.verify"}
VALUES = {"filename": "tokens.css", "number": 1}


@dataclass(frozen=True)
class Door:
    """One way in: a method on a path with plausible values, and what it asks for."""

    method: str
    path: str
    need: Requirement
    rule: str


def doors(app: Flask) -> Iterator[Door]:
    """Every method of every rule of the application."""
    adapter = app.url_map.bind("localhost:8080")
    for rule in app.url_map.iter_rules():
        path = adapter.build(rule.endpoint, _values(rule), method=_methods(rule)[0])
        for method in _methods(rule):
            yield Door(method, path, requirement(app, rule.endpoint), str(rule))


def _methods(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def _values(rule: Rule) -> dict[str, object]:
    def value(name: str) -> object:
        number = isinstance(rule._converters[name], IntegerConverter)
        return VALUES.get(name, 4711 if number else "D-22222")

    return {name: value(name) for name in rule.arguments}


def knock(client: InspectingClient, door: Door) -> tuple[int, str]:
    """Status and target of an answer; a POST goes without the form's token, so nothing can be changed."""
    response = client.open(door.path, method=door.method)
    return response.status_code, response.location or ""


def test_every_route_states_who_may_use_it(app: Flask) -> None:
    silent = {rule.endpoint for rule in app.url_map.iter_rules() if requirement(app, rule.endpoint) is None}

    assert silent == REFUSED_TO_ALL, "State a permission, @public or @signed_in on these views."


def test_the_anonymous_see_public_pages_only(app: Flask, client: InspectingClient) -> None:
    for door in doors(app):
        status, target = knock(client, door)
        if door.need == PUBLIC:
            assert status != 403 and "/sign-in" not in target and status < 500, (door, status)
        else:
            assert status == 302 and target.startswith("/sign-in"), (door, status)


@pytest.mark.parametrize("role", list(RoleName))
def test_each_role_enters_where_its_permissions_allow(
    app: Flask, client: InspectingClient, sign_in: SignIn, role: RoleName
) -> None:
    sign_in(client, role)

    for door in doors(app):
        if door.path == "/sign-out":
            continue
        status, _ = knock(client, door)
        if door.need in (PUBLIC, SIGNED_IN) or door.need in PERMISSIONS[role]:
            assert status != 403 and status < 500, (door, status)
        else:
            assert status == 403, (door, status)


@pytest.mark.parametrize("role", list(RoleName))
def test_no_post_passes_without_the_token_of_its_form(
    app: Flask, client: InspectingClient, sign_in: SignIn, role: RoleName
) -> None:
    sign_in(client, role)

    for door in doors(app):
        if door.method != "GET" and (door.need in (PUBLIC, SIGNED_IN) or door.need in PERMISSIONS[role]):
            status, _ = knock(client, door)
            assert status == 400, (door, status)


def test_public_posts_need_the_token_too(app: Flask, client: InspectingClient) -> None:
    for door in doors(app):
        if door.method != "GET" and door.need == PUBLIC:
            assert knock(client, door)[0] == 400, door


def test_a_number_beyond_the_database_is_a_page_that_does_not_exist(
    app: Flask, client: InspectingClient, sign_in: SignIn
) -> None:
    sign_in(client, "supervisor")

    for rule in app.url_map.iter_rules():
        numbers = [name for name in rule.arguments if isinstance(rule._converters[name], IntegerConverter)]
        if numbers and "GET" in (rule.methods or set()):
            path = str(rule)
            for part in path.split("<")[1:]:
                path = path.replace(f"<{part.partition('>')[0]}>", "9" * 30, 1)
            assert client.get(path).status_code in (403, 404, 405), path
