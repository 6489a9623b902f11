"""Visits of a real mailbox (Dovecot): what is new is told by our ledger, and one bad message stops nobody."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask

from app.conversations.models import Message
from app.gateways import gateways
from app.gateways.mailbox import Mailbox, TemporaryMailboxError
from app.intake import problems
from app.intake.models import MailboxState, ReceivedMail
from app.intake.one_at_a_time import MailboxLock
from app.intake.receive import Reception
from app.intake.run import Intake
from app.kernel.database import db
from app.vault.keep import read
from app.vault.models import StoredFile
from config import PROJECT, MailServer, Settings
from tests.factories.mails import mail
from tests.fixtures.desk import RunJobs
from tests.fixtures.dovecot import mailbox_name
from tests.fixtures.live import environment_of
from tests.servers.dovecot import Dovecot


@pytest.fixture
def dovecot(empty_dovecot: Dovecot) -> Dovecot:
    """The empty mailbox."""
    return empty_dovecot


@pytest.fixture
def imap(dovecot: Dovecot) -> MailServer:
    """Where `settings.imap` points."""
    return MailServer(
        host="127.0.0.1",
        port=dovecot.port,
        security="none",
        username=dovecot.username,
        password=dovecot.password,
    )


def deliver(dovecot: Dovecot, *subjects: str, size: int = 0) -> None:
    """Put small mails into the mailbox, or large ones."""
    for subject in subjects:
        dovecot.deliver(
            mail(subject=subject, text="x" * 70 + "\n" + "large text\n" * (size // 11)).as_bytes()
        )


def visit(reception: Reception | None = None, *, max_bytes: int = 1_000_000) -> int:
    """One visit; how many messages it took in."""
    reception = reception or Reception(mailbox_name(), max_bytes=max_bytes)
    with gateways().open_mailbox() as mailbox:
        return reception.visit(mailbox)


def rows() -> list[ReceivedMail]:
    """The ledger, by number."""
    db.session.rollback()
    return db.session.query(ReceivedMail).order_by(ReceivedMail.uid_validity, ReceivedMail.uid).all()


def test_everything_is_taken_in_whatever_its_flags_and_nothing_is_deleted(
    app: Flask, dovecot: Dovecot
) -> None:
    deliver(dovecot, "one", "two")
    with dovecot.client() as client:
        client.select_folder("INBOX")
        client.add_flags(client.search()[0], ["\\Seen"])
    with app.app_context():
        assert visit() == 2 and visit() == 0
        deliver(dovecot, "three")
        assert visit() == 1
        assert [one.status for one in rows()] == ["received"] * 3
        raw = read(db.session.get_one(StoredFile, rows()[2].raw_file_id))
        assert b"Subject: three" in raw and raw.endswith(b"\r\n")
        state = db.session.query(MailboxState).one()
        assert state.last_success_at and state.last_mail_at and state.problem is None
    with dovecot.client() as client:
        client.select_folder("INBOX")
        assert len(client.search("SEEN")) == 1, "Nothing is told before the messages are filed."


def test_a_gap_in_the_ledger_is_filled(app: Flask, dovecot: Dovecot) -> None:
    deliver(dovecot, "one", "two", "three")
    with app.app_context():
        visit()
        lost = rows()[1]
        db.session.delete(lost)
        db.session.commit()
        assert visit() == 1 and len(rows()) == 3


def test_a_mail_that_is_too_large_is_quarantined_with_its_headers(app: Flask, dovecot: Dovecot) -> None:
    deliver(dovecot, "small")
    deliver(dovecot, "large", size=50_000)
    deliver(dovecot, "small too")
    with app.app_context():
        assert visit(max_bytes=20_000) == 3
        first, large, last = rows()
        assert (first.status, last.status) == ("received", "received")
        assert (large.status, large.problem) == ("quarantined", problems.TOO_LARGE) and large.size > 50_000
        headers = read(db.session.get_one(StoredFile, large.raw_file_id))
        assert b"Subject: large" in headers and b"large text" not in headers


def test_a_server_that_numbers_anew_doubles_nothing(app: Flask, dovecot: Dovecot, run_jobs: RunJobs) -> None:
    deliver(dovecot, "one", "two")
    with app.app_context():
        visit()
    run_jobs()
    with dovecot.client() as client:
        client.select_folder("INBOX")
        kept = [answer[b"BODY[]"] for answer in client.fetch(client.search(), ["BODY[]"]).values()]
        client.create_folder("Fresh")
        client.select_folder("Fresh")
        for raw in kept:
            client.append("Fresh", raw)
    folder = _folder(app, "Fresh")
    with app.app_context(), folder as mailbox:
        assert Reception(mailbox_name(), max_bytes=1_000_000).visit(mailbox) == 2
    run_jobs()
    with app.app_context():
        assert [one.status for one in rows()] == ["filed"] * 4
        assert len({one.uid_validity for one in rows()}) == 2 and db.session.query(Message).count() == 2
    with dovecot.client() as client:
        client.delete_folder("Fresh")


def _folder(app: Flask, name: str) -> Mailbox:
    """Another folder of the mailbox, which has another UIDVALIDITY."""
    imap = app.extensions["desk_settings"].imap
    return Mailbox(
        host=imap.host,
        port=imap.port,
        security=imap.security,
        username=imap.username,
        password=imap.password,
        folder=name,
    )


class Breaking(Mailbox):
    """A mailbox whose connection breaks whenever one message is fetched."""

    bad = 0

    def _answers(self, uids: list[int]) -> dict[int, dict[bytes, Any]]:
        if self.bad in uids:
            self._broken = True
            raise TemporaryMailboxError("the connection to the IMAP server broke (fetch)", uids)
        return super()._answers(uids)


def test_a_message_that_breaks_the_connection_is_found_out(app: Flask, dovecot: Dovecot) -> None:
    deliver(dovecot, "one", "bad", "three")
    with app.app_context():
        reception = Reception(mailbox_name(), max_bytes=1_000_000)
        Breaking.bad = _uids(dovecot)[1]
        broke = 0
        for _attempt in range(6):
            mailbox = _folder(app, "INBOX")
            mailbox.__class__ = Breaking
            try:
                with mailbox:
                    reception.visit(mailbox)
                break
            except TemporaryMailboxError:
                broke += 1
        assert [(one.status, one.problem) for one in rows()] == [
            ("received", None),
            ("quarantined", problems.BREAKS),
            ("received", None),
        ]
        assert broke == 3


def _uids(dovecot: Dovecot) -> Sequence[int]:
    with dovecot.client() as client:
        client.select_folder("INBOX")
        return list(client.search())


def test_one_process_a_mailbox(app: Flask, dovecot: Dovecot) -> None:
    deliver(dovecot, "one")
    with app.app_context():
        with MailboxLock(mailbox_name()) as lock:
            assert lock.held() and lock.held()
            assert Intake(threading.Event()).once() == (0, {})
        assert Intake(threading.Event()).once() == (1, {})


def test_a_server_that_goes_away_is_noted_and_come_back_to(app: Flask, dovecot: Dovecot) -> None:
    stop = threading.Event()

    def run() -> None:
        with app.app_context():
            Intake(stop).forever()

    dovecot.stop()
    thread = threading.Thread(target=run)
    thread.start()
    try:
        _wait(app, lambda state: state is not None and state.problem == "unreachable")
        dovecot.start()
        deliver(dovecot, "after the break")
        _wait(app, lambda state: state is not None and state.problem is None and state.last_mail_at)
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()


def _wait(app: Flask, good: Any) -> None:
    until = time.monotonic() + 30
    with app.app_context():
        while not good(db.session.query(MailboxState).one_or_none()):
            assert time.monotonic() < until
            db.session.rollback()
            time.sleep(0.1)


def test_the_command_stops_cleanly_and_says_what_is_wrong(
    app: Flask, settings: Settings, dovecot: Dovecot
) -> None:
    deliver(dovecot, "one")
    environment = os.environ | environment_of(settings)
    command = [sys.executable, "-m", "flask", "intake", "run"]
    once = subprocess.run(
        [*command, "--once"], cwd=PROJECT, env=environment, capture_output=True, text=True, check=True
    )
    assert once.stdout == "1 messages taken in.\n"
    process = subprocess.Popen(command, cwd=PROJECT, env=environment, stderr=subprocess.DEVNULL)
    deliver(dovecot, "two")
    _wait_for_rows(app, 2)
    process.send_signal(signal.SIGTERM)
    assert process.wait(15) == 0
    wrong = environment | {"IMAP_PASSWORD": "wrong"}
    refused = subprocess.run([*command, "--once"], cwd=PROJECT, env=wrong, capture_output=True, text=True)
    assert refused.returncode == 1 and "refuses the user name or password" in refused.stderr
    assert "Traceback" not in refused.stderr
    nowhere = environment | {"IMAP_HOST": "imap..example", "IMAP_SECURITY": "tls"}
    lost = subprocess.run([*command, "--once"], cwd=PROJECT, env=nowhere, capture_output=True, text=True)
    assert lost.returncode == 1 and "cannot be reached" in lost.stderr and "Traceback" not in lost.stderr


def test_the_command_does_not_wait_for_a_server_that_says_nothing(settings: Settings) -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    silent.settimeout(60)
    with silent:
        environment = os.environ | environment_of(settings) | {"IMAP_PORT": str(silent.getsockname()[1])}
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "intake", "run"],
            cwd=PROJECT,
            env=environment,
            stderr=subprocess.DEVNULL,
        )
        connection, _address = silent.accept()
        process.send_signal(signal.SIGTERM)
        with connection:
            # An answer is waited for thirty seconds.
            assert process.wait(20) == 0


def _wait_for_rows(app: Flask, count: int) -> None:
    until = time.monotonic() + 30
    with app.app_context():
        while len(rows()) < count:
            assert time.monotonic() < until
            time.sleep(0.1)
