"""Signing in with access tokens: a real provider, a real Dovecot that asks it what each token is worth."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from app.gateways import oauth
from app.intake import mailbox_problems, token_store
from app.intake.models import MailboxState, MailboxToken, ReceivedMail
from app.intake.rounds import refresh_tokens
from app.intake.run import Intake
from app.intake.tokens import access_token
from app.kernel.clock import now
from app.kernel.database import db
from config import MailboxSettings, MailServer, Settings
from config_mail import Tokens
from tests.factories.mails import mail
from tests.fixtures.pages import InspectingClient
from tests.fixtures.people import SignIn
from tests.servers.dovecot import Dovecot
from tests.servers.token_server import TokenServer


@pytest.fixture
def provider() -> Iterator[TokenServer]:
    """The provider of tokens."""
    with TokenServer(Dovecot.username) as server:
        yield server


@pytest.fixture
def dovecot(provider: TokenServer) -> Iterator[Dovecot]:
    """A mailbox that takes the provider's tokens."""
    with Dovecot(provider.introspection_url) as server:
        yield server


@pytest.fixture
def settings(settings: Settings, provider: TokenServer) -> Settings:
    """The first mailbox signs in by token; nobody listens there unless the test has a Dovecot."""
    tokens = Tokens(
        url=provider.token_url,
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        refresh_token=provider.refresh_token,
    )
    imap = replace(settings.imap, username=Dovecot.username, password="")
    return _with(settings, imap, tokens)


def _with(settings: Settings, imap: MailServer, tokens: Tokens) -> Settings:
    first = MailboxSettings(name="support", server=imap, folder="INBOX", tokens=tokens)
    return replace(settings, imap=imap, first_mailbox=first, intake_timeout_seconds=10)


def change(app: Flask, port: int | None = None, **tokens: object) -> None:
    """Other settings of the first mailbox."""
    settings = app.extensions["desk_settings"]
    imap = replace(settings.imap, port=port or settings.imap.port)
    new = replace(settings.first_mailbox.tokens, **tokens)
    app.extensions["desk_settings"] = _with(settings, imap, new)


def which(app: Flask) -> MailboxSettings:
    found: MailboxSettings = app.extensions["desk_settings"].mailboxes[0]
    return found


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_mail_comes_in_by_token(app: Flask, dovecot: Dovecot, provider: TokenServer, mechanism: str) -> None:
    change(app, dovecot.port, mechanism=mechanism)
    dovecot.deliver(mail().as_bytes())
    with app.app_context():
        assert Intake(threading.Event()).once() == (1, {})
        assert Intake(threading.Event()).once() == (0, {})
        assert provider.asked == 1, "One token serves until half of its life is over."
        assert db.session.query(ReceivedMail).count() == 1


def test_a_token_that_the_mail_server_no_longer_takes_is_exchanged(
    app: Flask, dovecot: Dovecot, provider: TokenServer
) -> None:
    change(app, dovecot.port)
    with app.app_context():
        assert Intake(threading.Event()).once() == (0, {})
        provider.living.clear()
        assert Intake(threading.Event()).once() == (0, {})
        assert provider.asked == 2
        provider.vouches = False
        _taken, errors = Intake(threading.Event()).once()
        assert errors["support"].code == "sign_in_refused" and provider.asked == 3


def test_a_replaced_refresh_token_is_kept_sealed(app: Flask, provider: TokenServer) -> None:
    provider.rotate = True
    with app.app_context():
        first = access_token(which(app))
        for _time in range(3):
            _age(hours=1)
            second = access_token(which(app))
            assert second != first
            first = second
        row = db.session.query(MailboxToken).one()
        assert row.sealed_refresh_token and provider.refresh_token.encode() not in row.sealed_refresh_token
        assert first.encode() not in (row.sealed_access_token or b"")
        # A new refresh token in the settings counts, whatever is stored.
        provider.refresh_token = "fresh-from-the-provider"
        change(app, refresh_token=provider.refresh_token)
        assert access_token(which(app)) not in ("", first)


def _age(**back: float) -> None:
    """Let the stored access token be so much older."""
    row = db.session.query(MailboxToken).one()
    row.granted_at -= timedelta(**back)  # type: ignore[operator]  # it was granted
    row.expires_at -= timedelta(**back)  # type: ignore[operator]
    db.session.commit()


def test_failing_to_refresh_is_told_while_the_old_token_still_works(
    app: Flask, provider: TokenServer, client: InspectingClient, sign_in: SignIn
) -> None:
    sign_in(client, "administrator")
    with app.app_context():
        db.session.add(MailboxState(mailbox=which(app).ledger_name, last_success_at=now()))
        db.session.commit()
        first = access_token(which(app))
        _age(minutes=40)
        provider.refuse = (503, {})
        refresh_tokens()
        assert access_token(which(app)) == first, "It lives for twenty minutes more."
        db.session.remove()
    assert "no new token" in client.get("/desk/").text
    assert "provider of access tokens cannot be reached" in client.get("/desk/health/").text
    with app.app_context():
        provider.refuse = (400, {"error": "invalid_grant"})
        refresh_tokens()
        assert db.session.query(MailboxToken).one().problem == "token_refused"
        db.session.remove()
    assert "Put a new one into the settings" in client.get("/desk/health/").text
    with app.app_context():
        _age(hours=1)
        _taken, errors = Intake(threading.Event()).once()
        assert errors["support"].code == "token_refused"
        provider.refuse = None
        assert access_token(which(app)) != first
        assert db.session.query(MailboxToken).one().problem is None


def test_the_end_of_the_refresh_token_is_told_before(
    app: Flask, provider: TokenServer, client: InspectingClient, sign_in: SignIn
) -> None:
    sign_in(client, "administrator")
    provider.refresh_expires_in = 10 * 24 * 3600
    with app.app_context():
        access_token(which(app))
        db.session.remove()
    assert "access ends" in client.get("/desk/health/").text
    provider.refresh_expires_in = 100 * 24 * 3600
    with app.app_context():
        _age(hours=2)
        access_token(which(app))
        db.session.remove()
    assert "access ends" not in client.get("/desk/health/").text
    change(app, expires_on=now().date() - timedelta(days=2))
    assert "access ended" in client.get("/desk/health/").text


def test_two_at_once_use_a_refresh_token_once(app: Flask, provider: TokenServer) -> None:
    """A provider that replaces refresh tokens ends them all when one is used twice."""
    provider.rotate = True
    found: list[str] = []

    def ask() -> None:
        with app.app_context():
            found.append(access_token(which(app)))

    threads = [threading.Thread(target=ask) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)
    assert len(set(found)) == 1 and len(found) == 4 and provider.asked == 1


def test_a_lease_of_a_killed_process_ends(app: Flask, provider: TokenServer) -> None:
    with app.app_context():
        token_store.look(which(app))
        assert token_store.lease(which(app)) and not token_store.lease(which(app))
        db.session.query(MailboxToken).one().lease_until = now() - timedelta(seconds=1)
        db.session.commit()
        assert access_token(which(app))


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((400, {"error": "invalid_grant"}), oauth.PermanentTokenError),
        ((401, {"error": "invalid_client"}), oauth.PermanentTokenError),
        ((400, b"<html>"), oauth.PermanentTokenError),
        ((400, {"error": "temporarily_unavailable"}), oauth.TemporaryTokenError),
        ((500, {}), oauth.TemporaryTokenError),
        ((429, {}), oauth.TemporaryTokenError),
        ((307, {}), oauth.TemporaryTokenError),
        ((200, b"[1]"), oauth.TemporaryTokenError),
        ((200, b"[" * 100_000), oauth.TemporaryTokenError),
        ((200, {"access_token": 3}), oauth.TemporaryTokenError),
        ((200, {"access_token": "two\r\nlines"}), oauth.TemporaryTokenError),
    ],
)
def test_what_passes_and_what_does_not(provider: TokenServer, answer: tuple[int, object], kind: type) -> None:
    provider.refuse = answer
    with pytest.raises(kind) as failure:
        oauth.refresh(
            url=provider.token_url,
            client_id=provider.client_id,
            client_secret=provider.client_secret,
            scope="mail",
            refresh_token="r" * 20,
            timeout=5,
        )
    assert "r" * 20 not in str(failure.value) and provider.client_secret not in str(failure.value)


def test_every_code_has_a_sentence(app: Flask) -> None:
    with app.test_request_context():
        for code in ("token_refused", "token_unreachable", "sign_in_refused", "broke"):
            assert "Something is wrong" not in mailbox_problems.sentence(code)
