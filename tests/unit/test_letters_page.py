"""The page of letters: refused anywhere but on a machine of one's own, and showing what the mail server holds."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.kernel import access
from config import MailServer, Settings
from demo import letters_page
from demo.local_only import NotLocal
from demo.mail_server import Plan
from tests.unit.test_local_mail_server import ROOT, Running, local_settings


def settings_of(folder: Path, smtp_port: int = 2525, imap_port: int = 1143) -> Settings:
    return Settings.from_env(local_settings(folder, smtp_port, imap_port))


def bare_app(settings: Settings) -> Flask:
    app = Flask("app", static_folder=str(ROOT / "app" / "static"))
    app.extensions["desk_settings"] = settings
    access.init_app(app)
    return app


def elsewhere(server: MailServer) -> MailServer:
    return dataclasses.replace(server, host="192.0.2.7", security="tls")


def exposed(settings: Settings) -> dict[str, Settings]:
    replace = dataclasses.replace
    return {
        "DESK_MODE": replace(settings, mode="production"),
        "PUBLIC_URL": replace(settings, public_url="https://desk.example"),
        "WEB_BIND": replace(settings, web_bind="0.0.0.0:8080"),
        "IMAP_HOST": replace(settings, imap=elsewhere(settings.imap)),
        "SMTP_HOST": replace(settings, smtp=elsewhere(settings.smtp)),
    }


@pytest.mark.parametrize("name", ["DESK_MODE", "PUBLIC_URL", "WEB_BIND", "IMAP_HOST", "SMTP_HOST"])
def test_page_and_mail_server_refuse_whatever_is_not_local(tmp_path: Path, name: str) -> None:
    settings = exposed(settings_of(tmp_path))[name]
    app = bare_app(settings)
    with pytest.raises(NotLocal, match=name):
        letters_page.mount(app, settings)
    with pytest.raises(NotLocal, match=name):
        Plan.from_settings(settings)
    assert not [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/local")]


def test_the_product_itself_never_loads_the_demo() -> None:
    code = "import sys, app; sys.exit(any(name.split('.')[0] == 'demo' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path)
    with running.run():
        yield running


@pytest.fixture
def client(server: Running) -> FlaskClient:
    settings = settings_of(server.folder, server.smtp_port, server.imap_port)
    app = bare_app(settings)
    letters_page.mount(app, settings)
    return app.test_client()


def letter() -> EmailMessage:
    message = EmailMessage()
    message["From"] = "dita@xignature.co.id"
    message["To"] = "anna@utopia.example"
    message["Subject"] = "Activate your account – Ännå"
    message.set_content("Open http://localhost:8080/activate/t0k3n <now>\n")
    message.add_alternative(
        "<p>Open <a href='http://localhost:8080/x'>it</a><script>evil()</script></p>", "html"
    )
    message.add_attachment(b"BEGIN:VCALENDAR\r\n", maintype="text", subtype="calendar", filename="call.ics")
    return message


def test_an_empty_mailbox_says_so(client: FlaskClient) -> None:
    assert "Nothing yet" in client.get("/local/letters").text


def test_a_letter_is_listed_and_its_link_can_be_clicked(server: Running, client: FlaskClient) -> None:
    server.post(b"Subject: older\r\n\r\nx\r\n", "b@utopia.example")
    server.post(bytes(letter()), "anna@utopia.example")
    page = client.get("/local/letters").text
    assert page.index("anna@utopia.example") < page.index("b@utopia.example")
    assert "Activate your account – Ännå" in page
    opened = client.get("/local/letters/2").text
    assert '<a href="http://localhost:8080/activate/t0k3n"' in opened
    assert 'target="_blank"' in opened
    assert "&lt;now&gt;" in opened
    assert "BEGIN:VCALENDAR" in opened


def test_the_html_part_stands_in_a_frame_that_runs_nothing(server: Running, client: FlaskClient) -> None:
    server.post(bytes(letter()), "anna@utopia.example")
    answer = client.get("/local/letters/1/html")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy
    assert client.get("/local/letters/1/files/0").data == b"BEGIN:VCALENDAR\r\n"
    assert client.get("/local/letters/1/files/1").status_code == 404
    assert client.get("/local/letters/9").status_code == 404
