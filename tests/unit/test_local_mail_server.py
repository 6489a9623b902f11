"""The local mail server as a process of its own: what goes in by SMTP comes out by IMAP, byte for byte, for ever."""

from __future__ import annotations

import contextlib
import os
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from app.gateways.mailbox import Mailbox

ROOT = Path(__file__).resolve().parents[2]
ODD = (
    b"From: Dr. \xff <a@utopia.example>\r\nTo: support@xignature.co.id\r\nSubject: =?nonsense?q?=FF?=\r\n"
    b"Content-Type: text/plain; charset=klingon\r\n\r\nbare \x00\xfe body\r\n.dot\r\n"
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """The server with settings of its own; `run` starts it and ends it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.smtp_port, self.imap_port = folder, free_port(), free_port()

    def environment(self, **changes: str) -> dict[str, str]:
        """Complete local settings, with `changes`."""
        return os.environ | local_settings(self.folder, self.smtp_port, self.imap_port) | changes

    @contextlib.contextmanager
    def run(self, *, kill: bool = False) -> Iterator[None]:
        process = subprocess.Popen(
            [sys.executable, "-m", "demo.mail_server"], cwd=ROOT, env=self.environment()
        )
        try:
            self._wait()
            yield
        finally:
            process.kill() if kill else process.terminate()
            process.wait(10)

    def _wait(self) -> None:
        patience = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.smtp_port), 1).close()
                return
            assert time.monotonic() < patience, "the mail server did not come up"
            time.sleep(0.05)

    def post(self, raw: bytes, *recipients: str, sender: str = "a@utopia.example") -> None:
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=10) as server:
            server.sendmail(sender, recipients or ("support@xignature.co.id",), raw)

    @contextlib.contextmanager
    def inbox(self, user: str = "support", password: str = "p" * 20) -> Iterator[tuple[IMAPClient, int]]:
        with IMAPClient("127.0.0.1", self.imap_port, ssl=False, timeout=10) as client:
            client.login(user, password)
            yield client, int(client.select_folder("INBOX")[b"UIDVALIDITY"])

    def waiting_reader(self) -> Mailbox:
        return Mailbox(
            host="127.0.0.1", port=self.imap_port, security="none", username="support", password="p" * 20
        )

    def messages(self, user: str = "support") -> dict[int, bytes]:
        with self.inbox(user) as (client, _):
            found = client.fetch(client.search(), ["BODY.PEEK[]"])
            return {uid: answer[b"BODY[]"] for uid, answer in found.items()}


def local_settings(folder: Path, smtp_port: int, imap_port: int) -> dict[str, str]:
    key = "A" * 43 + "="
    return {
        "DESK_MODE": "local",
        "DATA_DIR": str(folder),
        "PUBLIC_URL": "http://127.0.0.1:8080",
        "WEB_BIND": "127.0.0.1:8080",
        "SECRET_KEY": "s" * 40,
        "PASSWORD_SALT": "s" * 40,
        **dict.fromkeys(("TOKEN_KEY", "MASTER_KEY", "TRAIL_KEY"), key),
        **dict.fromkeys(("IMAP_HOST", "SMTP_HOST"), "127.0.0.1"),
        **dict.fromkeys(("IMAP_SECURITY", "SMTP_SECURITY"), "none"),
        "IMAP_PORT": str(imap_port),
        "SMTP_PORT": str(smtp_port),
        "IMAP_USERNAME": "support",
        "IMAP_PASSWORD": "p" * 20,
        "SUPPORT_ADDRESS": "support@xignature.co.id",
    }


def test_messages_come_out_as_they_went_in_and_uids_survive(tmp_path: Path) -> None:
    server = Running(tmp_path)
    with server.run(kill=True):
        server.post(ODD)
        server.post(b"Subject: two\r\n\r\nsecond\r\n", "support+D-7F3K2@xignature.co.id")
        before = server.messages()
        with server.inbox() as (_, first_validity):
            pass
    assert [raw.endswith(ODD) for raw in before.values()] == [True, False]
    with server.run():
        server.post(b"Subject: three\r\n\r\nthird\r\n")
        after = server.messages()
        with server.inbox() as (_, second_validity):
            pass
    assert second_validity == first_validity
    assert {uid: after[uid] for uid in before} == before
    assert sorted(after) == [1, 2, 3]


def test_everybody_elses_mail_goes_to_the_applicants_mailbox(tmp_path: Path) -> None:
    server = Running(tmp_path)
    with server.run():
        server.post(
            b"Subject: hello\r\n\r\nx\r\n", "anna@utopia.example", "SUPPORT@xignature.co.id", "b@x.example"
        )
        (to_applicants,) = server.messages("applicants").values()
        assert b"X-Envelope-To: anna@utopia.example, b@x.example\r\n" in to_applicants
        assert len(server.messages()) == 1
        with pytest.raises(LoginError), server.inbox(password="wrong"):
            pass


def test_it_vouches_only_for_a_sender_whose_envelope_agrees(tmp_path: Path) -> None:
    forged = b"Authentication-Results: localhost; spf=pass\r\n smtp.mailfrom=bank.example\r\n"
    server = Running(tmp_path)
    with server.run():
        server.post(b"From: Anna <anna@utopia.example>\r\n\r\nx\r\n", sender="bounce@utopia.example")
        server.post(forged + b"From: boss@bank.example\r\n\r\nx\r\n", sender="a@elsewhere.example")
        honest, forger = server.messages().values()
    assert b"Authentication-Results: localhost; spf=pass smtp.mailfrom=bounce@utopia.example\r\n" in honest
    assert b"Authentication-Results: localhost; none\r\n" in forger
    assert forger.count(b"Authentication-Results") == 1


def test_a_waiting_reader_hears_of_new_mail(tmp_path: Path) -> None:
    server = Running(tmp_path)
    # By our own mailbox, as the intake waits: the library's idle_check breaks when a line comes in two pieces.
    with server.run(), server.waiting_reader() as reader, ThreadPoolExecutor() as threads:
        waits = threads.submit(reader.wait, 20)
        time.sleep(0.3)
        server.post(b"Subject: now\r\n\r\nx\r\n")
        assert waits.result(30)
        assert reader.uids_after(0) == [1]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"IMAP_HOST": "10.0.0.1", "IMAP_SECURITY": "tls"}, "IMAP_HOST must be a loopback address"),
        ({"SMTP_HOST": "0.0.0.0", "SMTP_SECURITY": "tls"}, "SMTP_HOST must be a loopback address"),
        ({"WEB_BIND": "0.0.0.0:8080"}, "WEB_BIND must be a loopback address"),
        ({"PUBLIC_URL": "https://desk.example"}, "PUBLIC_URL must be a loopback address"),
        ({"DESK_MODE": "production"}, "never with production settings"),
    ],
)
def test_it_refuses_production_and_any_other_address(
    tmp_path: Path, changes: dict[str, str], complaint: str
) -> None:
    environment = Running(tmp_path).environment(**changes)
    command = [sys.executable, "-m", "demo.mail_server"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30)
    assert ended.returncode == 1
    assert complaint in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_busy_port_is_one_sentence(tmp_path: Path) -> None:
    server = Running(tmp_path)
    with socket.create_server(("127.0.0.1", server.smtp_port)):
        command = [sys.executable, "-m", "demo.mail_server"]
        ended = subprocess.run(
            command, cwd=ROOT, env=server.environment(), capture_output=True, text=True, timeout=30
        )
    assert ended.returncode == 1
    assert "address already in use" in ended.stderr
    assert "Traceback" not in ended.stderr
