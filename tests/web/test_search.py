"""Search finds each kind of thing by what is known of it, and no address ever says what was looked for."""

from __future__ import annotations

import pytest
from flask import Flask

from app.desk.models import SavedSearch
from app.dossiers.models import Dossier
from app.kernel.database import db
from tests.factories import conversations as talk
from tests.factories import dossiers as make
from tests.factories.staff import actor_of
from tests.fixtures.pages import InspectingClient
from tests.fixtures.people import People, SignIn

SEARCH = "/desk/search/"


@pytest.fixture
def dossier(app: Flask, people: People) -> Dossier:
    """A dossier with complete data: Anna Maria Eriksson of Utopia."""
    agent = actor_of(people.agent())
    with app.app_context():
        found = make.reviewed(agent, email="anna@utopia.example")
        db.session.refresh(found)
        db.session.expunge(found)
        return found


def look_for(client: InspectingClient, terms: str) -> str:
    """Search from home's box; the address that the answer leads to."""
    answer = client.submit("/desk/", SEARCH, query=terms)
    assert answer.status_code == 302
    return answer.location


@pytest.mark.parametrize(
    "terms",
    [
        "{reference}",
        " {lower} ",
        "anna@utopia.example",
        "ANNA@Utopia.example",
        "+62 812 3456 7890",
        "0812-3456-7890",
        "L898902C3",
        "l898902c3",
        "2C21JE0912-K",
        "Anna Maria Eriksson",
        "eriksson",
        "Eriksson Anna Maria",
        "Anna Eriksson",
    ],
)
def test_one_dossier_is_opened_at_once(
    client: InspectingClient, sign_in: SignIn, dossier: Dossier, terms: str
) -> None:
    sign_in(client, "agent")
    filled = terms.format(reference=dossier.reference, lower=dossier.reference.lower())

    assert look_for(client, filled) == f"/desk/workbench/{dossier.reference}"


def test_several_hits_have_an_opaque_address(
    app: Flask, client: InspectingClient, sign_in: SignIn, dossier: Dossier
) -> None:
    sign_in(client, "agent")
    with app.app_context():
        talk.talking(db.session.get_one(Dossier, dossier.id))

    address = look_for(client, "anna@utopia.example")

    assert address.startswith(SEARCH)
    assert "anna" not in address.lower()
    page = client.get(address).text
    assert dossier.reference in page
    assert "/desk/conversations/C-" in page


def test_a_conversation_by_its_reference(
    app: Flask, client: InspectingClient, sign_in: SignIn, dossier: Dossier
) -> None:
    sign_in(client, "agent")
    with app.app_context():
        reference = talk.talking(db.session.get_one(Dossier, dossier.id)).reference

    assert look_for(client, reference) == f"/desk/conversations/{reference}"


@pytest.mark.parametrize("terms", ["Nobody At All", "%", "_", "' OR 1=1 --", "x" * 500])
def test_nothing_found_is_said(
    client: InspectingClient, sign_in: SignIn, dossier: Dossier, terms: str
) -> None:
    sign_in(client, "agent")

    assert "Nothing found" in client.get(look_for(client, terms)).text


def test_an_empty_search_asks_what_for(client: InspectingClient, sign_in: SignIn) -> None:
    sign_in(client, "agent")

    assert "What are you looking for?" in client.submit("/desk/", SEARCH, query="  ").text


def test_somebody_elses_search_is_not_there(app: Flask, client: InspectingClient, sign_in: SignIn) -> None:
    sign_in(client, "agent")
    address = look_for(client, "Nobody At All")
    colleague = app.test_client()
    assert isinstance(colleague, InspectingClient)
    sign_in(colleague, "supervisor")

    assert colleague.get(address).status_code == 404
    assert client.get(f"{SEARCH}no-such-code").status_code == 404


def test_an_auditor_finds_no_conversations(
    app: Flask, client: InspectingClient, sign_in: SignIn, dossier: Dossier
) -> None:
    sign_in(client, "auditor")
    with app.app_context():
        talk.talking(db.session.get_one(Dossier, dossier.id))

    assert look_for(client, "anna@utopia.example") == f"/desk/workbench/{dossier.reference}"


def test_an_administrator_finds_nobody(client: InspectingClient, sign_in: SignIn) -> None:
    sign_in(client, "administrator")
    form = client.page("/desk/").form("/sign-out")
    form.action = SEARCH

    assert client.send(form, "/desk/", query="Anna").status_code == 403


def test_a_forged_search_is_refused_and_not_kept(
    app: Flask, client: InspectingClient, sign_in: SignIn
) -> None:
    sign_in(client, "agent")

    assert client.post(SEARCH, data={"query": "Anna"}).status_code == 400
    with app.app_context():
        assert db.session.query(SavedSearch).count() == 0
