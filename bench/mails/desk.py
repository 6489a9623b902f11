"""The real desk of the benchmark: its own PostgreSQL with the settings of production, its own folders, its processes."""

from __future__ import annotations

import secrets
from pathlib import Path

import flask_migrate
import psycopg
from flask import Flask
from sqlalchemy import text

from app import create_app
from app.gateways.embedded_postgres import Urls
from app.intake.connect import connected
from app.intake.receive import Reception
from app.kernel.database import db
from app.kernel.jobs import run_worker
from config import PROJECT, MailServer, Settings

EMPTY = "TRUNCATE person, stored_file, procrastinate_jobs, received_mail RESTART IDENTITY CASCADE"


def settings_of(folder: Path, urls: Urls, imap: MailServer) -> Settings:
    """Complete settings with random keys. No letter is sent: its jobs stay in their queue."""
    nobody = MailServer(host="127.0.0.1", port=9, security="none", username="", password="")
    return Settings(
        mode="local",
        data_dir=folder,
        public_url="http://localhost:8080",
        database_url=urls.application,
        database_owner_url=urls.owner,
        secret_key=secrets.token_urlsafe(32),
        password_salt=secrets.token_urlsafe(32),
        token_key=secrets.token_bytes(32),
        master_key=secrets.token_bytes(32),
        trail_key=secrets.token_bytes(32),
        imap=imap,
        imap_folder="INBOX",
        smtp=nobody,
        support_address="support@xignature.co.id",
        activation_sender="dita@xignature.co.id",
        web_bind="127.0.0.1:8080",
        mail_authserv_id="localhost",
    )


def migrate(app: Flask) -> None:
    """Make the tables."""
    with app.app_context():
        flask_migrate.upgrade(directory=str(PROJECT / "migrations"))


def empty(database: str) -> None:
    """Forget every mail and person; the trail cannot be emptied and goes on."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(EMPTY)


def receive(app: Flask) -> int:
    """One visit of the mailbox, as `flask intake run` makes it; how many messages were committed."""
    settings: Settings = app.extensions["desk_settings"]
    [which] = settings.mailboxes
    with app.app_context(), connected(which) as mailbox:
        return Reception(which.ledger_name, max_bytes=settings.mail_max_bytes).visit(mailbox)


def file(app: Flask) -> None:
    """Do the jobs that file mail until none is left, as `flask jobs work` does them."""
    run_worker(app, wait=False, queues=["mail"])


def filed(app: Flask) -> int:
    """How many mails are filed."""
    with app.app_context():
        found = db.session.scalar(text("SELECT count(*) FROM received_mail WHERE status = 'filed'"))
        db.session.remove()
        return int(found or 0)


__all__ = ["create_app", "empty", "file", "filed", "migrate", "receive", "settings_of"]
