"""/metrics: off by default, for whoever presents the token, numbers of mailboxes by name and nothing of people."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from flask import Flask

from app.intake.models import MailboxState
from app.kernel.clock import now
from app.kernel.database import db
from tests.factories.mails import mail, take_in
from tests.fixtures.dovecot import mailbox_name
from tests.fixtures.pages import InspectingClient

TOKEN = "t" * 40


def test_without_a_token_there_is_no_such_page(app: Flask, client: InspectingClient) -> None:
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    app.extensions["desk_settings"] = replace(app.extensions["desk_settings"], metrics_token=TOKEN)
    for header in ("", "Bearer ", f"Bearer {TOKEN}x", TOKEN, "Bearer ä"):
        assert client.get("/metrics", headers={"Authorization": header}).status_code == 404, header


def test_the_age_of_the_last_success_is_told(app: Flask) -> None:
    app.extensions["desk_settings"] = replace(app.extensions["desk_settings"], metrics_token=TOKEN)
    with app.app_context():
        take_in(mail())
        seen = now() - timedelta(minutes=5)
        db.session.add(MailboxState(mailbox=mailbox_name(), last_success_at=seen, missing=3))
        db.session.commit()
        db.session.remove()
    text = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert 299 < float(values['desk_mailbox_last_success_age_seconds{mailbox="support"}']) < 400
    assert float(values['desk_mailbox_missing_messages{mailbox="support"}']) == 3
    assert float(values['desk_mailbox_well{mailbox="support"}']) == 0
    assert float(values["desk_jobs_stuck"]) == 0
    assert "@" not in text
