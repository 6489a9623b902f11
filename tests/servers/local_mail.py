"""The local mail server (demo/mail_server.py) as a process of a test's own."""

from __future__ import annotations

import contextlib
import os
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from imapclient import IMAPClient

from config import PROJECT, MailServer
from demo.mail_server import APPLICANTS
from tests.fixtures.network import free_port

PASSWORD = "p" * 20
PATIENCE_SECONDS = 30
KEY = "A" * 43 + "="


class LocalMail:
    """SMTP in, IMAP out, in a folder of its own; messages outlive `run`, so it can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.smtp = MailServer(host="127.0.0.1", port=free_port(), security="none", username="", password="")
        self.imap = MailServer(
            host="127.0.0.1", port=free_port(), security="none", username="support", password=PASSWORD
        )

    @contextlib.contextmanager
    def run(self, *, kill: bool = False) -> Iterator[None]:
        """Serve inside the block; `kill` ends it by SIGKILL."""
        process = subprocess.Popen(
            [sys.executable, "-m", "demo.mail_server"], cwd=PROJECT, env=self._environment()
        )
        try:
            for server in (self.smtp, self.imap):
                wait_for(server.port, process)
            yield
        finally:
            process.kill() if kill else process.terminate()
            process.wait(10)

    def post(self, raw: bytes, *recipients: str, sender: str = "anna@utopia.example") -> None:
        """Send a message by SMTP; to the support address when no recipient is given."""
        with smtplib.SMTP(self.smtp.host, self.smtp.port, timeout=10) as server:
            server.sendmail(sender, recipients or ("support@xignature.co.id",), raw)

    @contextlib.contextmanager
    def inbox(self, user: str = "support") -> Iterator[IMAPClient]:
        """A signed-in IMAP client with the user's INBOX selected."""
        with IMAPClient(self.imap.host, self.imap.port, ssl=False, timeout=10) as client:
            client.login(user, PASSWORD)
            client.select_folder("INBOX")
            yield client

    def messages(self, user: str = APPLICANTS) -> dict[int, bytes]:
        """Every message of the user's INBOX by its UID; `applicants` gets what the desk sends to anybody."""
        with self.inbox(user) as client:
            found = client.fetch(client.search(), ["BODY.PEEK[]"])
            return {uid: answer[b"BODY[]"] for uid, answer in found.items()}

    def _environment(self) -> dict[str, str]:
        return os.environ | {
            "DESK_MODE": "local",
            "DATA_DIR": str(self.folder),
            "PUBLIC_URL": "http://localhost:8080",
            "SECRET_KEY": "s" * 40,
            "PASSWORD_SALT": "s" * 40,
            "TOKEN_KEY": KEY,
            "MASTER_KEY": KEY,
            "TRAIL_KEY": KEY,
            "SMTP_HOST": self.smtp.host,
            "SMTP_PORT": str(self.smtp.port),
            "SMTP_SECURITY": "none",
            "IMAP_HOST": self.imap.host,
            "IMAP_PORT": str(self.imap.port),
            "IMAP_SECURITY": "none",
            "IMAP_USERNAME": self.imap.username,
            "IMAP_PASSWORD": PASSWORD,
        }


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return once somebody listens on the port; fail when the process ends or takes too long."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        assert process.poll() is None, f"{process.args!r} ended with {process.returncode}."
        assert time.monotonic() < until, f"{process.args!r} did not come up."
        time.sleep(0.05)
