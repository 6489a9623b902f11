"""Home, rail and health: every number equals the list it opens, for whoever may open it."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask

from app.desk import counts
from app.dossiers.assign import assign
from app.dossiers.models import Dossier
from app.kernel.clock import now
from app.kernel.database import db, use_case
from tests.factories import calls as make_calls
from tests.factories import conversations as talk
from tests.factories import dossiers as make
from tests.factories.staff import actor_of
from tests.fixtures.pages import InspectingClient
from tests.fixtures.people import People, SignIn

ROW = re.compile(r'<li>(?:<a href="([^"]*)">)?\s*<span class="what">([^<]*)</span>(.*?)</li>', re.DOTALL)
ROLES = ("agent", "supervisor", "administrator", "auditor")


def rows(client: InspectingClient) -> dict[str, tuple[str, str]]:
    """The rows of the cards: label → (address, number), "" where there is none."""
    found = {}
    for url, label, rest in ROW.findall(client.get("/desk/").text):
        number = re.search(r"<b>([^<]+)</b>", rest) or re.search(r'class="pill bad">\s*(\d+)', rest)
        found[unescape(label)] = (unescape(url), number[1] if number else "")
    return found


def listed(client: InspectingClient, url: str) -> int:
    """How many rows the list at this address shows."""
    return client.get(url).text.count("data-row-link href")


def rail(client: InspectingClient) -> dict[str, str]:
    """The rail's sections: address → count."""
    nav = client.get("/desk/").text.partition('aria-label="Sections"')[2].partition("</nav>")[0]
    item = re.compile(r'<a href="([^"]+)"[^>]*>.*?data-count="[^"]*">([^<]*)<', re.DOTALL)
    return {url: count.strip() for url, count in item.findall(nav)}


@pytest.mark.parametrize("role", ROLES)
def test_every_link_of_home_and_rail_opens(client: InspectingClient, sign_in: SignIn, role: str) -> None:
    sign_in(client, role)

    addresses = {url for url, _number in rows(client).values() if url} | set(rail(client))

    assert "#" not in addresses
    for url in sorted(addresses):
        assert client.get(url).status_code == 200, url


def test_each_role_sees_its_sections(app: Flask, sign_in: SignIn) -> None:
    sections = {}
    for role in ROLES:
        client = app.test_client()
        assert isinstance(client, InspectingClient)
        sign_in(client, role)
        sections[role] = [url.removeprefix("/desk/").strip("/") for url in rail(client)]

    work = ["", "conversations", "dossiers", "calls", "approvals", "accounts", "certificates", "letters"]
    assert sections == {
        "agent": work,
        "supervisor": [*work, "quarantine"],
        "administrator": ["", "health", "staff"],
        "auditor": ["", "dossiers", "accounts", "certificates", "letters", "trail"],
    }


def test_numbers_equal_their_lists(
    app: Flask, client: InspectingClient, sign_in: SignIn, people: People
) -> None:
    agent = sign_in(client, "agent")
    other = people.agent()
    with app.app_context():
        mine = [make.reviewing() for _ in range(2)]
        make.reviewing()
        for dossier in mine:
            assign(dossier.id, staff_id=agent.id, actor=actor_of(agent))
        for _ in range(3):
            make.new_dossier(phone=None)
        make.awaiting_approval(actor_of(other))
        talk.talking(mine[0])

    found = rows(client)

    assert found["My open dossiers"][1] == "2" == str(listed(client, found["My open dossiers"][0]))
    assert found["To review"][1] == "3" == str(listed(client, found["To review"][0]))
    assert (
        found["Waiting for applicants"][1] == "3" == str(listed(client, found["Waiting for applicants"][0]))
    )
    assert found["Conversations to answer"][1] == "1"
    assert found["To approve (supervisors)"][1] == "1"
    assert rail(client)["/desk/dossiers/"] == "3"
    assert rail(client)["/desk/conversations/"] == "1"


def test_the_live_counts_equal_the_rail(app: Flask, client: InspectingClient, sign_in: SignIn) -> None:
    sign_in(client, "agent")
    with app.app_context():
        make.reviewing()

    fresh = client.get("/desk/counts.json").get_json()["counts"]

    assert fresh["dossiers"]["count"] == "1" == rail(client)["/desk/dossiers/"]


def test_a_supervisors_number_leaves_out_what_they_made(
    app: Flask, client: InspectingClient, sign_in: SignIn, people: People
) -> None:
    supervisor = sign_in(client, "supervisor")
    other = people.agent()
    with app.app_context():
        make.awaiting_approval(actor_of(supervisor))
        make.awaiting_approval(actor_of(other))

    assert rows(client)["Approvals I can decide"][1] == "1"


def test_my_next_call_is_one_press_away(
    app: Flask, client: InspectingClient, sign_in: SignIn, people: People
) -> None:
    agent = sign_in(client, "agent")
    reviewer = people.agent()
    with app.app_context():
        call = make_calls.booked(agent, reviewer=reviewer).id

    assert rows(client)["Next call"][0] == f"/desk/calls/{call}"


def test_the_next_dossier_is_the_one_that_waited_longest(
    app: Flask, client: InspectingClient, sign_in: SignIn
) -> None:
    agent = sign_in(client, "agent")
    with app.app_context():
        dossier = make.reviewing()
        first, reference = dossier.id, dossier.reference
        make.reviewing()

    answer = client.submit("/desk/", "/desk/next")

    assert answer.location == f"/desk/workbench/{reference}"
    with app.app_context():
        assert db.session.get_one(Dossier, first).assigned_to_id == agent.id


def test_without_a_dossier_that_waits_home_says_so(client: InspectingClient, sign_in: SignIn) -> None:
    sign_in(client, "agent")

    assert client.submit("/desk/", "/desk/next").location == "/desk/"
    assert "No dossier waits for review" in client.get("/desk/").text


def test_when_nothing_else_waits_the_next_is_my_own(
    app: Flask, client: InspectingClient, sign_in: SignIn
) -> None:
    sign_in(client, "agent")
    with app.app_context():
        reference = make.reviewing().reference
    client.submit("/desk/", "/desk/next")

    assert client.submit("/desk/", "/desk/next").location == f"/desk/workbench/{reference}"


def test_two_agents_never_get_the_same(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        for _ in range(2):
            make.reviewing()
    taken = set()
    for _ in range(2):
        client = app.test_client()
        assert isinstance(client, InspectingClient)
        sign_in(client, "agent")
        taken.add(client.submit("/desk/", "/desk/next").location)

    assert len(taken) == 2


@pytest.mark.parametrize("role", ["auditor", "administrator"])
def test_who_does_not_review_takes_nothing(client: InspectingClient, sign_in: SignIn, role: str) -> None:
    sign_in(client, role)
    form = client.page("/desk/").form("/sign-out")
    form.action = "/desk/next"

    assert client.send(form, "/desk/").status_code == 403


def test_a_late_dossier_is_shown_as_late(app: Flask, client: InspectingClient, sign_in: SignIn) -> None:
    sign_in(client, "agent")
    with app.app_context():
        _wait_long(make.reviewing().id)

    assert "1 late" in client.get("/desk/").text


@use_case
def _wait_long(dossier_id: int) -> None:
    row = db.session.get_one(Dossier, dossier_id)
    row.status_since = now().replace(year=now().year - 1)


def test_health_is_for_administrators(app: Flask, client: InspectingClient, sign_in: SignIn) -> None:
    sign_in(client, "administrator")
    text = client.get("/desk/health/").text

    assert "It was not visited yet" in text
    assert "none is running" in text, "Nobody works on the jobs in this test."


def test_a_job_that_nobody_does_is_counted(app: Flask) -> None:
    statement = (
        "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, status, scheduled_at) VALUES "
        "('x', 'x.y', 0, '{}', 'todo', now() - interval '1 hour')"
    )
    with app.app_context():
        assert counts.jobs_stuck() == 0
        db.session.execute(db.text(statement))
        db.session.commit()
        assert counts.jobs_stuck() == 1
