"""Activation: a link that is nowhere but in the letter, acts on POST only, once; asked for again without telling anything."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import altcha
import pytest
from flask import Flask
from sqlalchemy import select, text

from app.accounts import proof_of_work
from app.accounts.models import Account
from app.accounts.resend import resend, resends_left
from app.audit.models import TrailEntry
from app.certificates.hand_in import hand_in_key
from app.dossiers import close
from app.dossiers import lifecycle as dossier_lifecycle
from app.kernel.actors import APPLICANT
from app.kernel.clock import now
from app.kernel.database import db, fetch, use_case
from app.kernel.errors import NotPermitted, Refused, TooMany
from app.kernel.links import LinkUnusable
from app.kernel.network import network_of
from app.kernel.tokens import digest_of
from app.letters.brake import AUTOMATIC_PER_HOUR
from app.letters.models import Letter
from tests.factories.accounts import Cast, activated, approved, link_for, link_in, new_csr
from tests.factories.dossiers import new_dossier
from tests.factories.staff import actor_of, staff_member
from tests.fixtures.desk import RunJobs
from tests.fixtures.mail import Outbox
from tests.fixtures.pages import InspectingClient, page_of

ADDRESS = "anna@utopia.example"
ASK = "/register/activate"
DITA = "dita@xignature.co.id"


@pytest.fixture
def cast(app: Flask) -> Cast:
    return Cast.of(app)


@pytest.fixture
def account(app: Flask, cast: Cast, run_jobs: RunJobs) -> Account:
    """An account whose activation letter has been sent."""
    with app.app_context():
        made = approved(cast, email=ADDRESS)
        run_jobs()
        return made


def letters(outbox: Outbox) -> list[str]:
    """The paths of the links in the activation letters, oldest first."""
    return [
        link_in(each)
        for each in outbox.to(ADDRESS)
        if DITA in str(each["From"]) and "/activate/" in each.as_string()
    ]


def status(app: Flask, account: Account) -> str:
    with app.app_context():
        return fetch(Account, account.id).status


def columns(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Every text, bytes and JSON column of the database."""
    kinds = ("text", "character varying", "bytea", "json", "jsonb")
    question = text(
        "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'"
    )
    with app.app_context():
        for table, column, kind in db.session.execute(question).all():
            if kind in kinds:
                yield table, column, kind


def places_of(app: Flask, secret: str) -> list[str]:
    """Where in the database this text stands, as text or as bytes."""
    found = []
    for table, column, kind in columns(app):
        as_text = f"encode(\"{column}\", 'escape')" if kind == "bytea" else f'"{column}"::text'
        question = text(f'SELECT count(*) FROM "{table}" WHERE position(:secret in {as_text}) > 0')
        with app.app_context():
            if db.session.scalar(question, {"secret": secret}):
                found.append(f"{table}.{column}")
    return found


def test_the_letter_comes_from_the_address_the_faq_names_and_its_link_is_kept_as_a_digest_only(
    app: Flask, account: Account, outbox: Outbox
) -> None:
    (path,) = letters(outbox)
    token = path.rpartition("/")[2]
    assert places_of(app, token) == []
    assert places_of(app, ADDRESS), "The search itself finds what is there."
    with app.app_context():
        kept = db.session.scalar(text("SELECT count(*) FROM link WHERE digest = :d"), {"d": digest_of(token)})
    assert kept == 1


def test_opening_the_page_changes_nothing_pressing_the_button_activates_once(
    app: Flask, client: InspectingClient, account: Account, outbox: Outbox
) -> None:
    (path,) = letters(outbox)
    for _ in range(3):
        page = client.page(path)
    assert "ANNA" not in page.text and ADDRESS not in page.text, "The page names nobody."
    assert status(app, account) == "awaiting_activation"
    form = page.form(path)
    answer = client.send(form, path)
    assert answer.status_code == 302 and re.fullmatch(r"/certificate/[\w-]{43}", answer.location)
    assert status(app, account) == "active"
    assert "Make your key" in client.page(answer.location).text
    again = client.send(form, path)
    assert again.status_code == 410 and ASK in again.get_data(as_text=True)
    assert client.get(path).status_code == 410


def test_of_two_presses_at_once_one_activates(app: Flask, account: Account, outbox: Outbox) -> None:
    (path,) = letters(outbox)
    answers: list[int] = []
    start = threading.Barrier(2)

    def press() -> None:
        client = app.test_client()
        form = client.page(path).form(path)  # type: ignore[attr-defined]
        start.wait()
        answers.append(client.send(form, path).status_code)  # type: ignore[attr-defined]

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [302, 410]


def test_an_expired_and_an_unknown_link_say_what_to_do_next(
    app: Flask, client: InspectingClient, account: Account
) -> None:
    with app.app_context():
        token = link_for(account, "activate", hours=0)
    for path in (f"/activate/{token}", "/activate/unknown", f"/certificate/{token}"):
        answer = client.get(path)
        assert answer.status_code == 410 and ASK in answer.get_data(as_text=True)
    assert status(app, account) == "awaiting_activation"


def test_a_link_for_one_purpose_opens_nothing_else(
    app: Flask, client: InspectingClient, account: Account
) -> None:
    with app.app_context():
        activate, owner = link_for(account, "activate"), link_for(account, "certificate")
    assert client.get(f"/certificate/{activate}").status_code == 410
    assert client.get(f"/activate/{owner}").status_code == 410


def test_the_page_leaves_no_trace_of_its_address(
    client: InspectingClient, account: Account, outbox: Outbox
) -> None:
    answer = client.get(letters(outbox)[0])
    assert (
        answer.headers["Referrer-Policy"] == "no-referrer" and answer.headers["Cache-Control"] == "no-store"
    )


def test_without_a_referrer_the_form_is_taken_over_https_too(
    client: InspectingClient, account: Account, outbox: Outbox
) -> None:
    (path,) = letters(outbox)
    base = "https://localhost"
    form = page_of(client.get(path, base_url=base)).form(path)
    assert client.post(path, data=form.fields, base_url=base).status_code == 302


def test_a_forged_press_is_refused(
    app: Flask, client: InspectingClient, account: Account, outbox: Outbox
) -> None:
    (path,) = letters(outbox)
    assert client.post(path).status_code == 400
    assert status(app, account) == "awaiting_activation"


def test_sent_again_the_old_link_stops_working_and_there_is_a_limit(
    app: Flask, cast: Cast, client: InspectingClient, account: Account, outbox: Outbox, run_jobs: RunJobs
) -> None:
    for expected in (2, 3, 4):
        with app.app_context():
            resend(account.id, actor=cast.agent)
        run_jobs()
        assert len(letters(outbox)) == expected
    with app.app_context(), pytest.raises(TooMany):
        resend(account.id, actor=cast.agent)
    *old, newest = letters(outbox)
    assert [client.get(path).status_code for path in (*old, newest)] == [410, 410, 410, 200]


def test_only_who_may_sends_again_and_only_what_waits(app: Flask, cast: Cast, account: Account) -> None:
    auditor = actor_of(staff_member(app, "auditor"))
    with app.app_context():
        with pytest.raises(NotPermitted):
            resend(account.id, actor=auditor)
        active = activated(cast)
        with pytest.raises(Refused):
            resend(active.id, actor=cast.agent)


@pytest.mark.parametrize("how", ["reject", "withdraw"])
def test_with_the_dossier_its_account_is_closed_and_no_link_works(
    app: Flask, cast: Cast, client: InspectingClient, account: Account, outbox: Outbox, how: str
) -> None:
    (path,) = letters(outbox)
    form = client.page(path).form(path)
    with app.app_context():
        owner = f"/certificate/{link_for(account, 'certificate')}"
        _leave(account.dossier_id, how, cast)
        # As in a letter that was queued before and is sent only now.
        late = {purpose: link_for(account, purpose) for purpose in ("activate", "certificate")}
        closed = select(TrailEntry.actor_kind).where(TrailEntry.verb == "account.close")
        assert db.session.scalars(closed).all() == ["staff" if how == "reject" else "system"]
        with pytest.raises(LinkUnusable):
            hand_in_key(late["certificate"], new_csr())

    assert status(app, account) == "closed"
    for link in (path, owner, f"/activate/{late['activate']}", f"/certificate/{late['certificate']}"):
        assert client.get(link).status_code == 410
    assert client.send(form, path).status_code == 410
    form.action = f"/activate/{late['activate']}"
    assert client.send(form, path).status_code == 410
    assert status(app, account) == "closed"


def _leave(dossier_id: int, how: str, cast: Cast) -> None:
    if how == "reject":
        close.reject(dossier_id, reason="The company withdrew.", actor=cast.supervisor)
        return
    use_case(dossier_lifecycle.change)(dossier_id, how, actor=APPLICANT)


def test_an_active_account_is_closed_too_and_a_dossier_without_one_needs_nothing(
    app: Flask, cast: Cast, client: InspectingClient
) -> None:
    with app.app_context():
        active = activated(cast)
        owner = f"/certificate/{link_for(active, 'certificate')}"
        close.reject(active.dossier_id, reason="Forged.", actor=cast.supervisor)
        assert fetch(Account, active.id).status == "closed"
        close.reject(new_dossier().id, reason="Forged.", actor=cast.supervisor)
    assert client.get(owner).status_code == 410


def proof(client: InspectingClient) -> str:
    task = client.get(f"{ASK}/task").get_json()
    challenge = altcha.Challenge.from_dict(task["challenge"])
    solution = altcha.solve_challenge(challenge, altcha.derive_key_pbkdf2)
    assert solution is not None and solution.counter <= task["most"]
    return altcha.Payload(challenge, solution).to_base64()


def test_asked_for_on_the_page_the_answer_is_the_same_and_only_the_known_address_gets_a_letter(
    client: InspectingClient, account: Account, outbox: Outbox, run_jobs: RunJobs
) -> None:
    answers = []
    for address in (ADDRESS.upper(), "nobody@utopia.example"):
        answers.append(client.submit(ASK, ASK, email=address, proof=proof(client)))
        run_jobs()
    texts = [re.sub(r'(nonce|value)="[^"]+"', "", answer.get_data(as_text=True)) for answer in answers]
    assert texts[0] == texts[1] and [answer.status_code for answer in answers] == [200, 200]
    assert "dita@xignature.co.id" in texts[0] and "spam" in texts[0]
    assert len(letters(outbox)) == 2 and outbox.to("nobody@utopia.example") == []
    assert client.get(letters(outbox)[0]).status_code == 410
    assert client.get(letters(outbox)[1]).status_code == 200


def test_the_request_does_the_same_work_for_everybody(
    app: Flask, client: InspectingClient, account: Account
) -> None:
    """Whether a letter is written is a job's business; the request itself leaves the same rows for every address."""
    for address in (ADDRESS, "nobody@utopia.example"):
        assert client.submit(ASK, ASK, email=address, proof=proof(client)).status_code == 200
    with app.app_context():
        jobs = db.session.scalars(
            text(
                "SELECT args FROM procrastinate_jobs WHERE task_name = 'accounts.send_asked_link' ORDER BY id"
            )
        ).all()
    assert jobs == [{"account_id": account.id}, {"account_id": 0}]


def test_a_stranger_does_not_use_up_what_the_staff_may_send(
    app: Flask, cast: Cast, client: InspectingClient, account: Account, outbox: Outbox, run_jobs: RunJobs
) -> None:
    for _ in range(AUTOMATIC_PER_HOUR):
        client.submit(ASK, ASK, email=ADDRESS, proof=proof(client))
    with app.app_context():
        assert resends_left(account) == 3
        for left in (2, 1, 0):
            resend(account.id, actor=cast.agent)
            assert resends_left(account) == left
    run_jobs()
    assert len(letters(outbox)) == 1 + 3 + 3, "The brake on automatic letters holds none of theirs back."
    with app.app_context():
        assert db.session.query(Letter).filter_by(problem="too_many").count() == 0


def test_who_is_active_already_gets_the_link_to_the_owners_page(
    app: Flask, cast: Cast, client: InspectingClient, outbox: Outbox, run_jobs: RunJobs
) -> None:
    with app.app_context():
        activated(cast, email=ADDRESS)
    run_jobs()
    before = len(outbox.to(ADDRESS))
    client.submit(ASK, ASK, email=ADDRESS, proof=proof(client))
    run_jobs()
    (letter,) = outbox.to(ADDRESS)[before:]
    assert link_in(letter).startswith("/certificate/") and client.get(link_in(letter)).status_code == 200


def test_a_known_address_gets_three_letters_an_hour_and_the_answer_never_changes(
    client: InspectingClient, account: Account, outbox: Outbox, run_jobs: RunJobs
) -> None:
    for _ in range(5):
        assert client.submit(ASK, ASK, email=ADDRESS, proof=proof(client)).status_code == 200
    run_jobs()
    assert len(letters(outbox)) == 1 + 3


def test_a_network_is_stopped_whatever_addresses_it_asks_for(
    client: InspectingClient, account: Account, app: Flask
) -> None:
    most = 3
    settings = app.extensions["desk_settings"]
    app.extensions["desk_settings"] = replace(settings, activation_resends_per_network_hour=most)
    codes = [
        client.submit(ASK, ASK, email=f"guess{number}@utopia.example", proof=proof(client)).status_code
        for number in range(most + 2)
    ]
    assert codes == [200] * most + [429] * 2
    # Somebody in another network is not concerned.
    form = client.page(ASK).form(ASK)
    data = {**form.fields, "email": ADDRESS, "proof": proof(client)}
    assert client.post(ASK, data=data, environ_base={"REMOTE_ADDR": "198.51.100.7"}).status_code == 200


@pytest.mark.parametrize("wrong", ["", "x", "e30=", "bnVsbA==", "A" * 5000])
def test_without_a_solved_task_nothing_is_looked_up(
    app: Flask, client: InspectingClient, account: Account, outbox: Outbox, run_jobs: RunJobs, wrong: str
) -> None:
    assert client.submit(ASK, ASK, email=ADDRESS, proof=wrong).status_code == 400
    run_jobs()
    assert len(letters(outbox)) == 1


def test_a_solved_task_works_once_and_not_when_it_has_expired(
    app: Flask, client: InspectingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    solved, late = proof(client), proof(client)
    assert client.submit(ASK, ASK, email=ADDRESS, proof=solved).status_code == 200
    assert client.submit(ASK, ASK, email=ADDRESS, proof=solved).status_code == 400
    moment = (now() + proof_of_work.VALID + timedelta(seconds=2)).timestamp()
    monkeypatch.setattr("altcha.v2.time.time", lambda: moment)
    assert client.submit(ASK, ASK, email=ADDRESS, proof=late).status_code == 400


def test_somebody_elses_task_is_refused(app: Flask, client: InspectingClient) -> None:
    challenge = altcha.create_challenge(
        proof_of_work.ALGORITHM, 1, counter=1, expires_at=now() + timedelta(minutes=5), hmac_secret="own"
    )
    solution = altcha.solve_challenge(challenge)
    assert solution is not None
    forged = altcha.Payload(challenge, solution).to_base64()
    assert client.submit(ASK, ASK, email=ADDRESS, proof=forged).status_code == 400


def test_what_is_no_address_is_said_so_and_kept_in_the_form(client: InspectingClient) -> None:
    answer = client.submit(ASK, ASK, email="anna", proof="")
    assert answer.status_code == 400 and 'value="anna"' in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("unix:", "unknown"),
        (None, "unknown"),
    ],
)
def test_limits_are_counted_by_network(address: str | None, network: str) -> None:
    assert network_of(address) == network
