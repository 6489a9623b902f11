"""Who works here: added, confirmed, disabled; on the screen and from the shell."""

from __future__ import annotations

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.audit.models import TrailEntry
from app.kernel.actors import SYSTEM
from app.kernel.database import db
from app.kernel.errors import NotPermitted, Stale
from app.staff.add import add_staff, confirm_staff
from app.staff.disable import disable_staff, enable_staff
from app.staff.models import StaffMember
from app.staff.password import reset_password
from config import Settings
from tests.factories.staff import PASSWORD, actor_of
from tests.fixtures.desk import RunJobs
from tests.fixtures.mail import Outbox, plain_of
from tests.fixtures.pages import InspectingClient, page_of
from tests.fixtures.people import People, SignIn

EMAIL = "budi@xignature.example"


def add(client: InspectingClient, *roles: str, **values: str) -> TestResponse:
    """Fill in the form of the screen."""
    form = {"name": "Budi Santoso", "email": EMAIL, "password": PASSWORD, **values}
    return client.submit("/desk/staff/", "/desk/staff/add", roles=list(roles), **form)


def found(app: Flask, email: str = EMAIL) -> StaffMember | None:
    with app.app_context():
        member = db.session.scalar(select(StaffMember).where(StaffMember.email == email))
        if member is not None:
            db.session.expunge(member)
        return member


def verbs(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(TrailEntry.verb).order_by(TrailEntry.id)))


def test_an_agent_added_on_the_screen_may_sign_in(
    app: Flask, client: InspectingClient, sign_in: SignIn
) -> None:
    sign_in(client, "administrator")

    assert add(client, "agent", "auditor").location == "/desk/staff/"

    member = found(app)
    assert member is not None and member.role_names == ["agent", "auditor"]
    assert (member.password or "").startswith("$argon2id$")
    sign_in(app.test_client(), member=member)


@pytest.mark.parametrize(
    ("roles", "values"),
    [
        ((), {}),
        (("king",), {}),
        (("administrator", "agent"), {}),
        (("administrator", "supervisor"), {}),
        (("agent",), {"name": "  "}),
        (("agent",), {"name": "Budi\u202eosotnaS"}),
        (("agent",), {"name": "B" * 101}),
        (("agent",), {"email": "budi"}),
        (("agent",), {"password": "short"}),
    ],
)
def test_a_refused_form_says_why_and_keeps_what_was_typed(
    app: Flask, client: InspectingClient, sign_in: SignIn, roles: tuple[str, ...], values: dict[str, str]
) -> None:
    sign_in(client, "administrator")

    answer = add(client, *roles, **values)

    assert answer.status_code == 400
    assert page_of(answer).form("/desk/staff/add").fields["email"] == values.get("email", EMAIL)
    assert PASSWORD not in answer.get_data(as_text=True)
    assert found(app) is None


def test_an_address_is_on_the_list_once(client: InspectingClient, sign_in: SignIn) -> None:
    sign_in(client, "administrator")
    add(client, "agent")

    assert add(client, "agent", email=EMAIL.upper()).status_code == 409


@pytest.mark.parametrize("role", ["supervisor", "administrator"])
def test_far_reaching_roles_wait_for_a_second_administrator(
    app: Flask, client: InspectingClient, sign_in: SignIn, role: str
) -> None:
    sign_in(client, "administrator")
    add(client, role)
    member = found(app)
    assert member is not None and member.status == "pending"
    confirm = f"/desk/staff/{member.id}/confirm"
    enter = {"email": EMAIL, "password": PASSWORD}
    assert app.test_client().submit("/sign-in", **enter).status_code == 200
    # The button is not even offered to the one who proposed, and posting without it is refused.
    page = client.page("/desk/staff/")
    assert confirm not in [form.action for form in page.forms]
    token = page.form("/desk/staff/add").fields["csrf_token"]
    assert client.post(confirm, data={"csrf_token": token}).status_code == 409

    second = app.test_client()
    sign_in(second, "administrator")
    assert second.submit("/desk/staff/", confirm).location == "/desk/staff/"

    assert app.test_client().submit("/sign-in", **enter).status_code == 302
    assert [verb for verb in verbs(app) if verb in ("staff.propose", "staff.confirm")] == [
        "staff.propose",
        "staff.confirm",
    ]


def test_letting_a_supervisor_in_again_needs_two_as_well(app: Flask, people: People) -> None:
    first, second, supervisor = people.administrator(), people.administrator(), people.supervisor()
    with app.app_context():
        disable_staff(supervisor.id, actor=actor_of(first))
        assert enable_staff(supervisor.id, actor=actor_of(first)).status == "pending"
        assert confirm_staff(supervisor.id, actor=actor_of(second)).status == "active"


def test_an_agent_is_let_in_again_by_one(app: Flask, people: People) -> None:
    administrator, agent = people.administrator(), people.agent()
    with app.app_context():
        disable_staff(agent.id, actor=actor_of(administrator))
        assert enable_staff(agent.id, actor=actor_of(administrator)).status == "active"


def test_nobody_disables_themselves(client: InspectingClient, sign_in: SignIn) -> None:
    me = sign_in(client, "administrator")
    token = client.page("/desk/staff/").form("/desk/staff/add").fields["csrf_token"]

    assert client.post(f"/desk/staff/{me.id}/disable", data={"csrf_token": token}).status_code == 409
    assert client.get("/desk/staff/").status_code == 200


def test_a_double_click_changes_something_once(app: Flask, people: People) -> None:
    agent = people.agent()
    with app.app_context():
        disable_staff(agent.id, actor=SYSTEM)
        with pytest.raises(Stale):
            disable_staff(agent.id, actor=SYSTEM)

    assert verbs(app).count("staff.disable") == 1


@pytest.mark.parametrize("role", ["agent", "supervisor", "auditor"])
def test_only_administrators_manage_staff(app: Flask, people: People, role: str) -> None:
    somebody, other = people.with_roles(role), people.agent()
    with app.app_context():
        for act in (disable_staff, enable_staff, confirm_staff):
            with pytest.raises(NotPermitted):
                act(other.id, actor=actor_of(somebody))
        with pytest.raises(NotPermitted):
            add_staff(name="X", email=EMAIL, roles=["agent"], password=PASSWORD, actor=actor_of(somebody))


def shell(app: Flask, *words: str, text: str = "") -> Result:
    """Run an operator's command."""
    return app.test_cli_runner().invoke(args=list(words), input=text)


def add_by_shell(app: Flask, role: str, email: str = EMAIL, password: str = PASSWORD) -> Result:
    words = ["--name", "Budi Santoso", "--email", email, "--role", role, "--password-stdin"]
    return shell(app, "staff", "add", *words, text=password + "\n")


def test_the_shell_adds_lists_and_disables(app: Flask) -> None:
    assert add_by_shell(app, "agent").output == "Added.\n"
    assert shell(app, "staff", "list").output.split() == ["active", "agent", EMAIL, "Budi", "Santoso"]

    assert shell(app, "staff", "disable", EMAIL).output == "Disabled.\n"

    assert shell(app, "staff", "list").output.startswith("disabled")
    for words in (["disable", EMAIL], ["disable", "nobody@xignature.example"]):
        result = shell(app, "staff", *words)
        assert result.exit_code == 1 and result.output.startswith("Error: ")


def test_the_shell_says_in_a_sentence_what_is_wrong(app: Flask) -> None:
    for result in (add_by_shell(app, "agent", password="short"), add_by_shell(app, "agent", email="nobody")):
        assert result.exit_code == 1
        assert result.output.startswith("Error: ") and "Traceback" not in result.output
    assert found(app) is None


def test_powers_given_by_the_shell_are_marked_and_told_to_every_supervisor(
    app: Flask, people: People, run_jobs: RunJobs, outbox: Outbox
) -> None:
    supervisors = [people.supervisor(), people.supervisor()]
    people.agent()

    add_by_shell(app, "administrator")
    run_jobs()

    assert "staff.bypass_second_administrator" in verbs(app)
    assert sorted(message["To"] for message in outbox) == sorted(member.email for member in supervisors)
    text = plain_of(outbox[0])
    assert "Budi Santoso" in text and "administrator" in text


def test_an_agent_from_the_shell_is_nothing_to_write_about(
    app: Flask, people: People, run_jobs: RunJobs, outbox: Outbox
) -> None:
    people.supervisor()

    add_by_shell(app, "agent")
    run_jobs()

    assert outbox == []


def test_a_new_password_from_the_shell_lifts_the_lock_and_ends_sessions(
    app: Flask, client: InspectingClient, sign_in: SignIn, settings: Settings
) -> None:
    member, fresh, other = sign_in(client, "agent"), "an entirely new sentence", app.test_client()
    for _ in range(settings.sign_in_failures_allowed):
        other.submit("/sign-in", email=member.email, password="wrong")

    result = shell(app, "staff", "password", member.email, "--password-stdin", text=fresh + "\n")

    assert result.output == "Changed.\n"
    assert client.get("/password").status_code == 302
    assert other.submit("/sign-in", email=member.email, password=fresh).status_code == 302


def test_an_administrator_cannot_take_over_somebody_by_a_new_password(app: Flask, people: People) -> None:
    supervisor, administrator = people.supervisor(), people.administrator()
    with app.app_context(), pytest.raises(NotPermitted):
        reset_password(supervisor.id, password=PASSWORD, actor=actor_of(administrator))
