"""What lies on the server and was not taken in raises an alarm, and the health page finds out why."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from app.intake.models import MailboxState, ReceivedMail
from app.intake.rounds import reconcile_all
from app.intake.run import Intake
from app.kernel.clock import now
from app.kernel.database import db
from config import MailServer
from tests.factories.mails import mail
from tests.fixtures.dovecot import imap_of, mailbox_name
from tests.fixtures.pages import InspectingClient
from tests.fixtures.people import SignIn
from tests.servers.dovecot import Dovecot
from tests.servers.ports import free_port


@pytest.fixture
def imap(empty_dovecot: Dovecot) -> MailServer:
    """The first mailbox is Dovecot's INBOX."""
    return imap_of(empty_dovecot)


def visit(app: Flask) -> None:
    with app.app_context():
        Intake(threading.Event()).once()


def count(app: Flask) -> tuple[int | None, int | None, int]:
    """Count, as the periodic job does: on the server, of those in the ledger, missing."""
    with app.app_context():
        reconcile_all()
        state = db.session.query(MailboxState).one()
        return state.server_count, state.known_count, state.missing


def test_a_message_missing_at_two_counts_is_an_alarm_and_ends_by_itself(
    app: Flask, client: InspectingClient, sign_in: SignIn, empty_dovecot: Dovecot
) -> None:
    empty_dovecot.deliver_many([mail().as_bytes(), mail().as_bytes()])
    visit(app)
    assert count(app) == (2, 2, 0)
    # Newly arrived and not yet visited: no alarm at the first count, nor for another new one at the second.
    empty_dovecot.deliver(mail().as_bytes())
    assert count(app) == (3, 2, 0)
    visit(app)
    empty_dovecot.deliver(mail().as_bytes())
    assert count(app) == (4, 3, 0)
    sign_in(client, "administrator")
    assert "mail missing" not in client.get("/desk/").text

    assert count(app) == (4, 3, 1)
    assert "mail missing" in client.get("/desk/").text
    text = client.get("/desk/health/").text
    assert "mail missing" in text and "1 message lies on the server" in text

    visit(app)
    assert count(app) == (4, 4, 0)
    assert "mail missing" not in client.get("/desk/").text


def test_mail_deleted_by_hand_is_nobodys_loss(app: Flask, empty_dovecot: Dovecot) -> None:
    empty_dovecot.deliver_many([mail().as_bytes(), mail().as_bytes()])
    visit(app)
    with empty_dovecot.client() as client:
        client.select_folder("INBOX")
        client.delete_messages(client.search()[:1])
        client.expunge()
    assert count(app) == (1, 1, 0) and count(app) == (1, 1, 0)
    with empty_dovecot.client() as client:
        client.select_folder("INBOX", readonly=True)
        assert client.search("SEEN") == [], "Counting leaves no trace."


def test_a_ledger_that_lost_a_row_is_found_out(app: Flask, empty_dovecot: Dovecot) -> None:
    empty_dovecot.deliver_many([mail().as_bytes(), mail().as_bytes()])
    visit(app)
    with app.app_context():
        db.session.delete(db.session.query(ReceivedMail).order_by(ReceivedMail.uid).first())
        db.session.commit()
    assert count(app) == (2, 1, 0) and count(app) == (2, 1, 1)


def test_silence_turns_red_after_the_minutes_of_the_setting(
    app: Flask, client: InspectingClient, sign_in: SignIn, empty_dovecot: Dovecot
) -> None:
    empty_dovecot.deliver(mail().as_bytes())
    visit(app)
    sign_in(client, "administrator")
    assert "Intake: Last mail" in client.get("/desk/").text
    with app.app_context():
        state = db.session.query(MailboxState).one()
        state.last_success_at = state.last_mail_at = now() - timedelta(minutes=8)
        db.session.commit()
    assert "silent" not in client.get("/desk/").text
    app.extensions["desk_settings"] = replace(app.extensions["desk_settings"], intake_silent_minutes=5)
    text = client.get("/desk/").text
    assert "Mailbox support" in text and "silent · 8 min" in text
    assert "It was not visited for 8 min." in client.get("/desk/health/").text


def check(client: InspectingClient) -> str:
    answer = client.submit("/desk/health/", "/desk/health/mailbox/support/check")
    assert answer.status_code == 200
    return " ".join(answer.text.partition("Connection test: support")[2].partition("</section>")[0].split())


def steps(text: str) -> list[str]:
    """The pills of the steps in order."""
    return re.findall(r'<span class="pill[^>]*>\s*([^<]*?)\s*<', text)


def test_the_connection_test_says_what_became_of_each_step(
    app: Flask,
    client: InspectingClient,
    sign_in: SignIn,
    empty_dovecot: Dovecot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sign_in(client, "administrator")
    empty_dovecot.deliver(mail().as_bytes())
    good = app.extensions["desk_settings"]

    def with_imap(folder: str = "INBOX", **changes: object) -> str:
        imap = replace(good.imap, **changes)  # type: ignore[arg-type]  # whatever the case needs
        app.extensions["desk_settings"] = replace(good, imap=imap, imap_folder=folder)
        return check(client)

    text = with_imap()
    assert steps(text) == ["done"] * 4 and "It holds 1 messages." in text
    text = with_imap(folder="Nowhere")
    assert steps(text) == ["done", "done", "failed", "not tried"] and "folder cannot be opened" in text
    text = with_imap(password="wrong")
    assert steps(text) == ["done", "failed", "not tried", "not tried"]
    text = with_imap(port=free_port())
    assert steps(text) == ["failed", "not tried", "not tried", "not tried"] and "cannot be reached" in text
    for security, port in (("tls", empty_dovecot.tls_port), ("starttls", empty_dovecot.port)):
        text = with_imap(security=security, port=port)
        assert steps(text) == ["done", "failed", "not tried", "not tried", "not tried"], security
        assert "not trusted" in text
    text = with_imap(security="tls", port=empty_dovecot.port)
    assert "does not speak TLS" in text
    monkeypatch.setenv("SSL_CERT_FILE", str(empty_dovecot.certificate))
    assert steps(with_imap(security="tls", port=empty_dovecot.tls_port)) == ["done"] * 5
    with app.app_context():
        assert db.session.query(ReceivedMail).count() == 0


def test_only_administrators_test_connections(client: InspectingClient, sign_in: SignIn) -> None:
    sign_in(client, "supervisor")
    assert client.get("/desk/health/").status_code == 403
    assert client.post("/desk/health/mailbox/support/check").status_code in (400, 403)


def test_an_unknown_mailbox_is_not_found(app: Flask, client: InspectingClient, sign_in: SignIn) -> None:
    sign_in(client, "administrator")
    token = client.page("/desk/health/").form("/desk/health/mailbox/support/check").fields["csrf_token"]
    answer = client.post("/desk/health/mailbox/nothing/check", data={"csrf_token": token})
    assert answer.status_code == 404
    with app.app_context():
        assert mailbox_name().endswith("/INBOX")
