"""The dossiers list: views, keyset paging, bulk assignment, opening by hand."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Person
from app.dossiers import lifecycle
from app.dossiers.models import Dossier
from app.dossiers.saved_views import COUNT_TO, VIEWS, count_label, count_of
from app.kernel.clock import now
from app.kernel.database import db, use_case
from app.kernel.office import calendar
from tests.factories import dossiers as make
from tests.factories.staff import actor_of
from tests.fixtures.pages import InspectingClient
from tests.fixtures.people import People, SignIn

LIST = "/desk/dossiers/"


@use_case
def put(dossier: Dossier, *, hours: int = 0, staff_id: int | None = None) -> Dossier:
    """Let a dossier have been in its state for so many working hours, with this owner."""
    row = db.session.get_one(Dossier, dossier.id)
    row.status_since = calendar().subtract_working(now(), timedelta(hours=hours))
    row.assigned_to_id = staff_id
    return row


def shown(client: InspectingClient, view: str) -> list[str]:
    """References on the first page of a view, in order."""
    return re.findall(r'data-row-link href="/desk/workbench/([^"]+)"', client.get(f"{LIST}?view={view}").text)


def test_each_view_shows_its_dossiers(app: Flask, client: InspectingClient, sign_in: SignIn) -> None:
    me = sign_in(client, "agent")
    with app.app_context():
        late = put(make.in_state("reviewing"), hours=9).reference
        fresh = put(make.in_state("reviewing"), hours=1, staff_id=me.id).reference
        waiting = put(make.new_dossier(phone=None), hours=2).reference
        unsorted = make.new_dossier()
        make.with_document(unsorted, None, filename="IMG_1.jpg")
        unsorted = put(unsorted, hours=3).reference
        approve = put(make.in_state("awaiting_approval"), hours=4).reference
        slow_call = put(make.in_state("awaiting_call"), hours=25).reference
        closed = put(make.in_state("rejected"), hours=90, staff_id=me.id).reference
    assert shown(client, "mine") == [fresh]
    assert shown(client, "to_review") == [late, unsorted, fresh]
    assert shown(client, "waiting") == [waiting]
    assert shown(client, "calls_today") == []
    assert shown(client, "to_approve") == [approve]
    assert shown(client, "late") == [slow_call, late]
    assert shown(client, "all") == [fresh, waiting, unsorted, approve, late, slow_call, closed]
    page = client.get(LIST).text
    assert "Passport, KITAS, HR letter, Selfie, Phone number" in client.get(f"{LIST}?view=waiting").text
    assert "Say what the files are" in page
    assert re.search(r'To review\s*<span class="count">3</span>', page)


def test_pages_follow_each_other_without_gap_or_overlap(
    app: Flask, client: InspectingClient, sign_in: SignIn
) -> None:
    sign_in(client, "agent")
    with app.app_context():
        at = now()
        for _ in range(40):
            # Three a moment, so that the id has to tell them apart.
            at -= timedelta(minutes=1)
            for _ in range(3):
                dossier = make.in_state("reviewing")
                dossier.status_since = at
        db.session.commit()
        expected = db.session.scalars(
            select(Dossier.reference).order_by(Dossier.status_since, Dossier.id)
        ).all()
    for view, order in (("to_review", list(expected)), ("all", list(reversed(expected)))):
        path, found = f"{LIST}?view={view}", []
        sizes = []
        while path:
            page = client.get(path).text
            references = re.findall(r'data-row-link href="/desk/workbench/([^"]+)"', page)
            sizes.append(len(references))
            found += references
            following = re.search(r'href="([^"]*after=[^"]*)"', page)
            path = following[1].replace("&amp;", "&") if following else ""
        assert sizes == [50, 50, 20]
        assert found == order


@pytest.mark.parametrize(
    "after", ["x", "1", "1-", "-1", "1-99999999999999999999", "9" * 30 + "-1", "1-2-3", "²-1"]
)
def test_a_cursor_nobody_wrote_is_not_found(client: InspectingClient, sign_in: SignIn, after: str) -> None:
    sign_in(client, "agent")
    assert client.get(LIST, query_string={"view": "all", "after": after}).status_code == 404


def test_a_view_that_does_not_exist_is_not_found(client: InspectingClient, sign_in: SignIn) -> None:
    sign_in(client, "agent")
    assert client.get(f"{LIST}?view=nothing").status_code == 404


def test_every_view_says_something_when_empty(client: InspectingClient, sign_in: SignIn) -> None:
    sign_in(client, "agent")
    for view in VIEWS:
        assert 'class="empty"' in client.get(f"{LIST}?view={view}").text


def test_counts_stop_somewhere(app: Flask, people: People) -> None:
    assert count_label(COUNT_TO) == "999"
    assert count_label(COUNT_TO + 1) == "999+"
    with app.app_context():
        assert count_of("all", actor=actor_of(people.agent())) is None


def test_ticked_dossiers_are_given_to_somebody(
    app: Flask, client: InspectingClient, sign_in: SignIn, people: People
) -> None:
    sign_in(client, "agent")
    other = people.agent(name="Sari Dewi")
    with app.app_context():
        ids = [make.in_state("reviewing").id for _ in range(3)]
    answer = client.submit(LIST, dossier=[str(ids[0]), str(ids[2])], owner=str(other.id))
    assert answer.status_code == 302
    with app.app_context():
        owners = [db.session.get_one(Dossier, key).assigned_to_id for key in ids]
        assert owners == [other.id, None, other.id]
    assert "2 dossiers assigned." in client.get(LIST).text
    client.submit(LIST, dossier=[str(ids[0])], owner="nobody")
    with app.app_context():
        assert db.session.get_one(Dossier, ids[0]).assigned_to_id is None


@pytest.mark.parametrize(
    "values",
    [{"dossier": [], "owner": "1"}, {"dossier": ["x"], "owner": "1"}, {"dossier": ["1"], "owner": ""}],
)
def test_a_bulk_form_that_makes_no_sense(
    app: Flask, client: InspectingClient, sign_in: SignIn, values: dict[str, object]
) -> None:
    sign_in(client, "agent")
    with app.app_context():
        make.in_state("reviewing")
    assert client.submit(LIST, **values).status_code == 400


def test_a_reader_sees_the_list_and_changes_nothing(
    app: Flask, client: InspectingClient, sign_in: SignIn
) -> None:
    sign_in(client, "auditor")
    with app.app_context():
        make.in_state("reviewing")
    page = client.page(LIST)
    form = page.form(has={"csrf_token"})
    assert "owner" not in {name for one in page.forms for name in one.names}
    token = form.fields["csrf_token"]
    assert (
        client.post(f"{LIST}assign", data={"csrf_token": token, "dossier": "1", "owner": "1"}).status_code
        == 403
    )
    assert client.get(f"{LIST}new").status_code == 403


def test_a_dossier_opened_by_hand(app: Flask, client: InspectingClient, sign_in: SignIn) -> None:
    me = sign_in(client, "agent")
    answer = client.submit(
        f"{LIST}new",
        name="Aoife O’Sullivan",
        email="Aoife@Utopia.example",
        phone="0812 3456 7890",
        locale="id",
    )
    assert answer.status_code == 302
    with app.app_context():
        dossier = db.session.scalars(select(Dossier)).one()
        assert answer.location.endswith(f"/desk/workbench/{dossier.reference}")
        assert (dossier.email, dossier.phone, dossier.locale) == (
            "aoife@utopia.example",
            "+6281234567890",
            "id",
        )
        assert (dossier.assigned_to_id, dossier.status) == (me.id, lifecycle.COLLECTING)
        assert dossier.person.name == "Aoife O’Sullivan"
    again = client.submit(f"{LIST}new", name="Aoife", email="aoife@utopia.example", phone="", locale="en")
    assert again.status_code == 409
    with app.app_context():
        assert len(db.session.scalars(select(Dossier)).all()) == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("email", "no address", "This is not an e-mail address."),
        ("email", "a@b.example\nBcc: c@d.example", "This is not an e-mail address."),
        ("phone", "12", "not a phone number that can be called"),
        ("name", "", "required"),
        ("name", "Anna ‮aciremA", "cannot be shown"),
    ],
)
def test_a_form_that_is_not_right_says_why(
    app: Flask, client: InspectingClient, sign_in: SignIn, field: str, value: str, words: str
) -> None:
    sign_in(client, "agent")
    values = {"name": "Anna", "email": "anna@utopia.example", "phone": "", "locale": "en", field: value}
    answer = client.submit(f"{LIST}new", **values)
    assert answer.status_code == 400
    assert words in answer.text
    with app.app_context():
        assert db.session.scalars(select(Dossier)).all() == []
        assert db.session.scalars(select(Person)).all() == []
