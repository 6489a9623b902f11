"""Sign-in: who gets in, who does not, and when a session ends."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urljoin

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import TimestampSigner
from sqlalchemy import event, select, text, update
from werkzeug.test import TestResponse

from app.audit.models import TrailEntry
from app.kernel.actors import SYSTEM
from app.kernel.clock import now
from app.kernel.database import db
from app.staff import lock_out
from app.staff.disable import disable_staff
from app.staff.jobs import forget_failures
from app.staff.models import SignInFailures, StaffMember
from app.staff.sign_in import settle
from config import Settings
from tests.factories.staff import PASSWORD
from tests.fixtures.desk import RunJobs
from tests.fixtures.pages import InspectingClient, page_of
from tests.fixtures.people import People, SignIn

INSIDE = "/password"
NEW = "a quite different horse and staple"


def attempt(client: InspectingClient, email: str, password: str) -> TestResponse:
    """Send the sign-in form."""
    return client.submit("/sign-in", email=email, password=password)


def said(response: TestResponse) -> str:
    """What the sign-in page says, without the form's token."""
    return page_of(response).text


def verbs(app: Flask, member: StaffMember) -> list[str]:
    """The trail about this person, oldest first."""
    with app.app_context():
        wanted = select(TrailEntry.verb).where(TrailEntry.subject_type == "staff_member")
        return list(
            db.session.scalars(wanted.where(TrailEntry.subject_id == member.id).order_by(TrailEntry.id))
        )


def test_a_good_sign_in_leads_to_the_desk(app: Flask, client: InspectingClient, people: People) -> None:
    member = people.agent("Sari Wulandari")

    answer = attempt(client, f" {member.email.upper()} ", PASSWORD)

    assert (answer.status_code, answer.location) == (302, "/desk/")
    assert client.get(INSIDE).status_code == 200
    assert verbs(app, member) == ["staff.add", "staff.sign_in"]


def test_every_refusal_reads_the_same(app: Flask, client: InspectingClient, people: People) -> None:
    known, disabled = people.agent(), people.agent()
    with app.app_context():
        disable_staff(disabled.id, actor=SYSTEM)

    answers = [
        attempt(client, known.email, "wrong wrong wrong"),
        attempt(client, "nobody@xignature.example", "wrong wrong wrong"),
        attempt(client, disabled.email, PASSWORD),
        attempt(client, "not an address", PASSWORD),
        attempt(client, known.email, ""),
    ]

    assert len({said(answer) for answer in answers}) == 1
    assert {answer.status_code for answer in answers} == {200}
    assert client.get(INSIDE).location == "/sign-in?next=/password"


def test_repeated_failures_lock_the_sign_in_for_a_while(
    app: Flask, client: InspectingClient, people: People, settings: Settings, run_jobs: RunJobs
) -> None:
    member = people.agent()
    wrong = [attempt(client, member.email, "wrong") for _ in range(settings.sign_in_failures_allowed)]

    locked = attempt(client, member.email, PASSWORD)

    assert said(locked) == said(wrong[0])
    run_jobs()
    assert verbs(app, member)[-2:] == ["staff.fail_sign_in", "staff.lock_sign_in"]
    _let_the_lock_run_out(app)
    assert attempt(client, member.email, PASSWORD).status_code == 302


def _let_the_lock_run_out(app: Flask) -> None:
    with app.app_context():
        past = now() - timedelta(seconds=1)
        db.session.execute(
            update(SignInFailures)
            .where(SignInFailures.locked_until.is_not(None))
            .values(locked_until=past, since=past)
        )
        db.session.commit()


def _from(network: int, app: Flask) -> InspectingClient:
    """A browser in another network."""
    client = app.test_client()
    assert isinstance(client, InspectingClient)
    client.environ_base["REMOTE_ADDR"] = f"198.51.{network}.7"
    return client


def test_a_stranger_locks_out_the_own_network_only(app: Flask, people: People, settings: Settings) -> None:
    member, stranger, colleague = people.agent(), _from(1, app), _from(2, app)
    for _ in range(3 * settings.sign_in_failures_allowed):
        attempt(stranger, member.email, "wrong")

    assert attempt(stranger, member.email, PASSWORD).status_code == 200
    assert attempt(colleague, member.email, PASSWORD).status_code == 302


def test_an_address_guessed_from_everywhere_is_locked_everywhere(
    app: Flask, people: People, settings: Settings
) -> None:
    member, elsewhere = people.agent(), _from(200, app)
    small = replace(settings, sign_in_failures_allowed=1)
    app.extensions["desk_settings"] = small
    for network in range(lock_out.TIMES_EVERYWHERE - 1):
        attempt(_from(network, app), member.email, "wrong")
    assert attempt(_from(150, app), member.email, PASSWORD).status_code == 302

    attempt(_from(100, app), member.email, "wrong")

    assert attempt(elsewhere, member.email, PASSWORD).status_code == 200
    _let_the_lock_run_out(app)
    assert attempt(elsewhere, member.email, PASSWORD).status_code == 302


def test_failures_are_forgotten_after_a_while(
    app: Flask, client: InspectingClient, people: People, settings: Settings
) -> None:
    member = people.agent()
    for _ in range(settings.sign_in_failures_allowed - 1):
        attempt(client, member.email, "wrong")
    with app.app_context():
        past = now() - timedelta(minutes=settings.sign_in_lock_minutes, seconds=1)
        db.session.execute(update(SignInFailures).values(since=past))
        db.session.commit()
    attempt(client, member.email, "wrong")

    assert attempt(client, member.email, PASSWORD).status_code == 302
    with app.app_context():
        db.session.execute(update(SignInFailures).values(since=SignInFailures.since - timedelta(days=1)))
        db.session.commit()
        forget_failures()
        assert db.session.query(SignInFailures).count() == 0


def test_an_unknown_address_costs_the_same_and_leaves_the_same(
    app: Flask, client: InspectingClient, people: People, settings: Settings, run_jobs: RunJobs
) -> None:
    known, unknown = people.agent().email, "nobody@xignature.example"
    work = {}
    for address in (known, unknown):
        with _statements(app) as seen:
            for _ in range(settings.sign_in_failures_allowed + 1):
                attempt(client, address, "wrong")
        work[address] = seen
    assert work[known] == work[unknown]
    with app.app_context():
        rows = db.session.execute(select(SignInFailures.count, SignInFailures.locked_until.is_(None)))
        assert sorted(map(tuple, rows)) == [(0, False), (0, False), (5, True), (5, True)]
        jobs = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'staff.note_failure'")
        assert db.session.scalar(jobs) == 2 * settings.sign_in_failures_allowed
    run_jobs()
    with app.app_context():
        written = db.session.scalars(select(TrailEntry.verb).where(TrailEntry.verb.like("%sign_in"))).all()
    assert written.count("staff.fail_sign_in") == settings.sign_in_failures_allowed
    assert written.count("staff.lock_sign_in") == 1


@contextmanager
def _statements(app: Flask) -> Iterator[list[str]]:
    """Every statement that SQLAlchemy sends meanwhile, without its values."""
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_attempts_at_once_are_all_counted(app: Flask, people: People, settings: Settings) -> None:
    email = people.agent().email

    def guess(_number: int) -> bool:
        with app.app_context():
            return settle(email, network="192.0.2.0/24", fits=False)

    with ThreadPoolExecutor(4) as pool:
        assert not any(pool.map(guess, range(settings.sign_in_failures_allowed)))
    with app.app_context():
        assert settle(email, network="192.0.2.0/24", fits=True) is False


def test_a_success_forgets_earlier_failures(app: Flask, people: People, settings: Settings) -> None:
    member = people.agent()
    for _ in range(2):
        client = app.test_client()
        for _ in range(settings.sign_in_failures_allowed - 1):
            attempt(client, member.email, "wrong")
        assert attempt(client, member.email, PASSWORD).status_code == 302


def test_disabling_somebody_ends_the_session_at_once(
    app: Flask, client: InspectingClient, sign_in: SignIn
) -> None:
    member = sign_in(client, "agent")
    with app.app_context():
        disable_staff(member.id, actor=SYSTEM)

    assert client.get(INSIDE).status_code == 302
    assert attempt(client, member.email, PASSWORD).status_code == 200


def test_a_new_password_ends_every_other_session(
    app: Flask, client: InspectingClient, sign_in: SignIn
) -> None:
    member = sign_in(client, "agent")
    elsewhere = app.test_client()
    sign_in(elsewhere, member=member)

    answer = client.submit(INSIDE, password=PASSWORD, new_password=NEW, new_password_confirm=NEW)

    assert (answer.status_code, answer.location) == (302, "/desk/")
    assert client.get(INSIDE).status_code == 200
    assert elsewhere.get(INSIDE).status_code == 302
    assert attempt(elsewhere, member.email, PASSWORD).status_code == 200
    assert attempt(elsewhere, member.email, NEW).status_code == 302
    assert "staff.change_password" in verbs(app, member)


@pytest.mark.parametrize(
    ("now_", "new", "again"), [("wrong", NEW, NEW), (PASSWORD, "short", "short"), (PASSWORD, NEW, NEW + "?")]
)
def test_a_password_is_changed_for_good_reasons_only(
    app: Flask, client: InspectingClient, sign_in: SignIn, now_: str, new: str, again: str
) -> None:
    member = sign_in(client, "agent")

    assert (
        client.submit(INSIDE, password=now_, new_password=new, new_password_confirm=again).status_code == 200
    )
    assert attempt(app.test_client(), member.email, PASSWORD).status_code == 302


def test_signing_out_ends_the_session(client: InspectingClient, sign_in: SignIn) -> None:
    sign_in(client, "administrator")

    assert client.get("/sign-out").status_code == 405
    answer = client.submit("/desk/staff/", "/sign-out")

    assert (answer.status_code, answer.location) == (302, "/sign-in")
    assert client.get(INSIDE).status_code == 302


def test_signing_out_ends_a_copied_session_too(app: Flask, client: InspectingClient, sign_in: SignIn) -> None:
    member, thief = sign_in(client, "administrator"), app.test_client()
    cookie = client.get_cookie("desk")
    assert cookie is not None
    thief.set_cookie("desk", cookie.value)
    assert thief.get(INSIDE).status_code == 200

    client.submit("/desk/staff/", "/sign-out")

    assert thief.get(INSIDE).status_code == 302
    assert verbs(app, member)[-1] == "staff.sign_out"
    sign_in(client, member=member)


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(
    client: InspectingClient, people: People
) -> None:
    cookies = attempt(client, people.agent().email, PASSWORD).headers.getlist("Set-Cookie")

    assert len(cookies) == 1
    assert cookies[0].startswith("desk=")
    # Plain http on loopback: a Secure cookie would not come back. See the next test.
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookies[0].split("; "))
    assert "Expires" not in cookies[0] and "Max-Age" not in cookies[0]


@pytest.fixture
def on_https(settings: Settings) -> Settings:
    """The same settings behind a public https address."""
    return Settings(**{**vars(settings), "public_url": "https://desk.xignature.example"})


def test_on_https_the_cookie_is_secure(on_https: Settings) -> None:
    from app import create_app

    on_https.data_dir.mkdir()
    answer = create_app(on_https).test_client().get("/sign-in", base_url=on_https.public_url)

    assert "Secure" in answer.headers["Set-Cookie"].split("; ")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_an_expired_session_leads_to_the_sign_in_and_back(
    app: Flask, client: InspectingClient, sign_in: SignIn
) -> None:
    member = sign_in(client, "administrator")
    _let_the_session_run_out(app, client)

    asked = client.get("/desk/staff/")
    assert (asked.status_code, asked.location) == (302, "/sign-in?next=/desk/staff/")
    assert asked.location is not None
    answer = client.submit(asked.location, email=member.email, password=PASSWORD)

    assert answer.status_code == 302
    assert client.get(answer.location or "").status_code == 200
    assert (answer.location or "").startswith("/desk/staff/")


def test_a_form_sent_after_the_session_expired_changes_nothing(
    app: Flask, client: InspectingClient, sign_in: SignIn
) -> None:
    sign_in(client, "administrator")
    page = client.page("/desk/staff/")
    _let_the_session_run_out(app, client)

    values = {"name": "X", "email": "x@xignature.example", "password": PASSWORD, "roles": "agent"}
    answer = client.send(page.form("/desk/staff/add"), "/desk/staff/", **values)

    assert answer.status_code == 302 and (answer.location or "").startswith("/sign-in")
    assert _staff(app) == 1


class _Yesterday(TimestampSigner):
    def get_timestamp(self) -> int:
        return super().get_timestamp() - 24 * 3600


def _let_the_session_run_out(app: Flask, client: InspectingClient) -> None:
    """Give the browser the cookie it would hold had it signed in yesterday, truly signed."""
    cookie, serializer = client.get_cookie("desk"), SecureCookieSessionInterface().get_signing_serializer(app)
    assert cookie is not None and serializer is not None
    content = serializer.loads(cookie.value)
    serializer.signer = _Yesterday
    client.set_cookie("desk", str(serializer.dumps(content)))


def _staff(app: Flask) -> int:
    with app.app_context():
        return db.session.query(StaffMember).count()


@pytest.mark.parametrize("token", [None, "", "forged", "IjEyMyI.aaaa.bbbb"])
def test_a_forged_form_is_refused_and_changes_nothing(
    app: Flask, client: InspectingClient, sign_in: SignIn, token: str | None
) -> None:
    sign_in(client, "administrator")
    values = {"name": "X", "email": "x@xignature.example", "password": PASSWORD, "roles": "agent"}

    answer = client.post("/desk/staff/add", data=values | ({} if token is None else {"csrf_token": token}))

    assert answer.status_code == 400
    assert "nothing was changed" in page_of(answer).text
    assert _staff(app) == 1


def test_a_sign_in_without_its_token_is_refused(client: InspectingClient, people: People) -> None:
    answer = client.post("/sign-in", data={"email": people.agent().email, "password": PASSWORD})

    assert answer.status_code == 400
    assert client.get(INSIDE).status_code == 302


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/%09/evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
    ],
)
def test_the_way_back_stays_on_this_desk(client: InspectingClient, people: People, elsewhere: str) -> None:
    member = people.agent()

    answer = client.post(
        "/sign-in",
        query_string={"next": elsewhere},
        data={
            "email": member.email,
            "password": PASSWORD,
            "next": elsewhere,
            "csrf_token": client.page("/sign-in").form("/sign-in").fields["csrf_token"],
        },
    )

    assert answer.status_code == 302
    assert urljoin("http://localhost:8080/sign-in", answer.location).startswith("http://localhost:8080/")


def test_nobody_signs_in_by_json(client: InspectingClient, people: People) -> None:
    token = client.page("/sign-in").form("/sign-in").fields["csrf_token"]

    answer = client.post(
        "/sign-in",
        json={"email": people.agent().email, "password": PASSWORD},
        query_string={"include_auth_token": ""},
        headers={"X-CSRFToken": token},
    )

    assert not answer.is_json


def test_the_language_is_remembered(client: InspectingClient, sign_in: SignIn, app: Flask) -> None:
    member = sign_in(client, "administrator")

    answer = client.submit("/desk/staff/", "/language", language="id")

    assert (answer.status_code, answer.location) == (302, "/desk/staff/")
    assert '<html lang="id">' in client.get("/desk/staff/").get_data(as_text=True)
    with app.app_context():
        assert db.session.get_one(StaffMember, member.id).locale == "id"


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "", "/\\evil.example"])
def test_the_language_switch_leads_to_our_own_pages_only(client: InspectingClient, back: str) -> None:
    answer = client.submit("/sign-in", "/language", language="id", next=back)

    assert answer.location == "/desk/"
    assert client.submit("/sign-in", "/language", language="xx").status_code == 400


def test_the_bare_address_leads_to_the_desk(client: InspectingClient) -> None:
    assert client.get("/").headers["Location"] == "/desk/"
    assert client.get("/desk/").headers["Location"].startswith("/sign-in")


def test_a_form_sent_after_the_session_ended_is_told_and_led_back(
    client: InspectingClient, sign_in: SignIn
) -> None:
    sign_in(client, "agent")
    client.delete_cookie("desk")
    answer = client.post("/desk/next", headers={"Referer": "http://localhost/desk/dossiers/?view=mine"})

    assert answer.headers["Location"] == "/sign-in?next=/desk/dossiers/?view%3Dmine"
    assert "nothing was done. Sign in and do it again." in client.page(answer.headers["Location"]).text
