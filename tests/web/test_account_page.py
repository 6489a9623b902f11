"""The account's page: why can't this person sign yet, in one sentence, and the button that mends it."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accounts.models import Account
from app.audit.models import TrailEntry
from app.dossiers.models import Dossier
from app.gateways.embedded_postgres import Urls
from app.kernel.clock import now
from app.kernel.database import db
from config import Settings
from tests.factories.accounts import Cast, activated, approved, found_authority, link_for, link_in, with_key
from tests.fixtures.database import libpq
from tests.fixtures.desk import RunJobs
from tests.fixtures.mail import Outbox
from tests.fixtures.pages import InspectingClient, page_of
from tests.fixtures.people import SignIn

ADDRESS = "anna@utopia.example"


@pytest.fixture
def cast(app: Flask, settings: Settings) -> Cast:
    found_authority(settings)
    return Cast.of(app)


def path_of(account: Account) -> str:
    return f"/desk/accounts/{account.reference}"


def actions(client: InspectingClient, path: str) -> set[str]:
    return {form.action for form in client.page(path).forms if form.action and form.action.startswith(path)}


def test_waiting_for_activation_the_letter_can_be_sent_again(
    app: Flask, cast: Cast, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs, outbox: Outbox
) -> None:
    with app.app_context():
        account = approved(cast, email=ADDRESS)
        path = path_of(account)
    run_jobs()
    first = link_in(outbox.to(ADDRESS)[-1])
    client.get(first)
    sign_in(client, "agent")
    page = client.page(path)
    assert "The account is not activated" in page.text and "3 of 3 times more" in page.text
    assert f"Activation letter to {ADDRESS}" in page.text and "Activation link: page opened" in page.text
    assert actions(client, path) == {f"{path}/resend"}
    answer = client.submit(path, f"{path}/resend")
    assert answer.status_code == 302
    page = client.page(path)
    assert "2 of 3 times more" in page.text and "is on its way" in page.text
    run_jobs()
    newest = link_in(outbox.to(ADDRESS)[-1])
    assert client.get(first).status_code == 410 and client.get(newest).status_code == 200
    assert "withdrawn" in client.page(path).text


def test_beyond_the_limit_the_button_says_why_it_does_not_work(
    app: Flask, cast: Cast, client: InspectingClient, sign_in: SignIn
) -> None:
    with app.app_context():
        path = path_of(approved(cast))
    sign_in(client, "supervisor")
    form = client.page(path).form(f"{path}/resend")
    assert [client.send(form, path).status_code for _ in range(4)] == [302, 302, 302, 429]
    page = client.page(path)
    assert "0 of 3 times more" in page.text and actions(client, path) == set()


def test_active_without_a_key_the_owners_link_can_be_sent_again(
    app: Flask, cast: Cast, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs, outbox: Outbox
) -> None:
    with app.app_context():
        account = activated(cast, email=ADDRESS)
        path, old = path_of(account), f"/certificate/{link_for(account, 'certificate')}"
    sign_in(client, "agent")
    assert "The owner has not made a key yet" in client.page(path).text
    assert client.submit(path, f"{path}/owner-link").status_code == 302
    run_jobs()
    assert client.get(old).status_code == 410, "Whatever was sent before is withdrawn."
    assert client.get(link_in(outbox.to(ADDRESS)[-1])).status_code == 200
    with app.app_context():
        verbs = db.session.scalars(select(TrailEntry.verb)).all()
    assert verbs.count("account.resend_owner_link") == 1


def test_the_wrong_button_of_a_stale_page_changes_nothing(
    app: Flask, cast: Cast, client: InspectingClient, sign_in: SignIn
) -> None:
    with app.app_context():
        waiting, active = path_of(approved(cast)), path_of(activated(cast))
    sign_in(client, "agent")
    form = client.page(waiting).form(f"{waiting}/resend")
    assert client.post(f"{active}/resend", data=form.fields).status_code == 409
    assert client.post(f"{waiting}/owner-link", data=form.fields).status_code == 409
    assert client.post(f"{waiting}/resend").status_code == 400, "A form without its token is refused."


def test_with_a_certificate_the_person_can_sign(
    app: Flask, cast: Cast, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs, database: Urls
) -> None:
    with app.app_context():
        account = with_key(cast)
        path, account_id = path_of(account), account.id
    sign_in(client, "agent")
    assert "is being issued" in client.page(path).text
    run_jobs()
    text = client.page(path).text
    assert "This person can sign." in text and "10 of 10" in text and "Signature of the CA" in text
    # As the owner: the application itself cannot rewrite a certificate's validity.
    expired = "UPDATE certificate SET not_before = %s, not_after = %s WHERE account_id = %s"
    with psycopg.connect(libpq(database.owner)) as connection:
        times = (now() - timedelta(days=366), now() - timedelta(days=1))
        connection.execute(expired, (*times, account_id))
    text = client.page(path).text
    assert "The certificate expired on" in text and "This person can sign" not in text


def test_an_expired_passport_leads_to_the_dossier(
    app: Flask, cast: Cast, client: InspectingClient, sign_in: SignIn
) -> None:
    with app.app_context():
        account = approved(cast)
        path = path_of(account)
        db.session.execute(
            update(Dossier).where(Dossier.id == account.dossier_id).values(passport_expires_on=now().date())
        )
        db.session.commit()
        reference = db.session.get_one(Dossier, account.dossier_id).reference
    sign_in(client, "agent")
    answer = client.get(path)
    assert "Passport or KITAS has expired" in page_of(answer).text
    assert f'href="/desk/workbench/{reference}"' in answer.get_data(as_text=True)
    assert actions(client, path) == {f"{path}/resend"}, "The letter can still be sent again."


def test_an_auditor_reads_and_cannot_send(
    app: Flask, cast: Cast, client: InspectingClient, sign_in: SignIn
) -> None:
    with app.app_context():
        path = path_of(approved(cast))
    sign_in(client, "auditor")
    page = client.page(path)
    assert "ANNA MARIA ERIKSSON" in page.text and actions(client, path) == set()
    token = page.forms[0].fields["csrf_token"]
    assert client.post(f"{path}/resend", data={"csrf_token": token}).status_code == 403


@pytest.mark.parametrize("role", ["administrator"])
def test_an_administrator_sees_no_account(
    app: Flask, cast: Cast, client: InspectingClient, sign_in: SignIn, role: str
) -> None:
    with app.app_context():
        path = path_of(approved(cast))
    sign_in(client, role)
    assert client.get(path).status_code == 403 and client.get("/desk/accounts/").status_code == 403


def test_the_list_says_who_cannot_sign_and_why(
    app: Flask, cast: Cast, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs
) -> None:
    with app.app_context():
        waiting, done = approved(cast).reference, with_key(cast).reference
    run_jobs()
    sign_in(client, "agent")
    text = client.page("/desk/accounts/").text
    assert waiting in text and done not in text and "The account is not activated" in text
    text = client.page("/desk/accounts/?view=all").text
    assert waiting in text and done in text and "can sign" in text and "Issued" in text
    assert client.get("/desk/accounts/?view=nonsense").status_code == 404
    assert client.get("/desk/accounts/A-NOBODY").status_code == 404
    assert client.get("/desk/accounts/?before=99999999999999999999").status_code == 200
