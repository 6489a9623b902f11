"""Killed at twenty random moments, the intake loses nothing, doubles nothing and leaves nothing half done."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import text

from app import create_app
from app.conversations.models import Message
from app.documents.models import Document
from app.dossiers.models import Dossier
from app.gateways.embedded_postgres import Urls
from app.intake.models import ReceivedMail
from app.kernel.database import db
from app.letters.models import Letter
from app.vault.keep import read
from config import PROJECT, MailServer, Settings
from tests.factories.mails import PAPERS, mail
from tests.fixtures.live import environment_of
from tests.fixtures.mail import Outbox
from tests.fixtures.values import make_settings
from tests.servers.dovecot import Dovecot
from tests.servers.local_mail import LocalMail

KILLS = 20
MESSAGES = 24
SEED = 20261124
# A job that a dying worker took in its last moment waits until that worker counts as dead, three quarters of a minute.
PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Server:
    """A mailbox that can be delivered to and looked into."""

    imap: MailServer
    deliver: Callable[[EmailMessage], None]
    count: Callable[[], int]


@contextlib.contextmanager
def local(folder: Path) -> Iterator[Server]:
    """The mail server of `make run`."""
    server = LocalMail(folder)
    with server.run():
        yield Server(
            server.imap,
            lambda message: server.post(message.as_bytes(policy=SMTP), sender=str(message["Return-Path"])),
            lambda: len(server.messages("support")),
        )


@contextlib.contextmanager
def dovecot(folder: Path) -> Iterator[Server]:
    """Debian's Dovecot."""
    with Dovecot() as server:
        imap = MailServer(
            host="127.0.0.1",
            port=server.port,
            security="none",
            username=server.username,
            password=server.password,
        )
        yield Server(
            imap, lambda message: server.deliver(message.as_bytes(policy=SMTP)), lambda: _count(server)
        )


def _count(server: Dovecot) -> int:
    with server.client() as client:
        return int(client.select_folder("INBOX")[b"EXISTS"])


class Desk:
    """Intake and worker as one process group, started at once and killed at once."""

    def __init__(self, settings: Settings) -> None:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        self.log = settings.data_dir / "desk.log"
        # A message that is killed over again and again would be quarantined, as it should; here the killing is ours.
        more = {"DESK_LOG": str(self.log), "INTAKE_ATTEMPTS": "1000"}
        environment = os.environ | environment_of(settings) | more
        self._warm = subprocess.Popen(
            [sys.executable, "-m", "tests.servers.warm_desk"],
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._group = 0

    def start(self) -> None:
        """Start both."""
        assert self._warm.stdin and self._warm.stdout
        self._warm.stdin.write("go\n")
        self._warm.stdin.flush()
        self._group = int(self._warm.stdout.readline())

    def end(self, how: signal.Signals) -> None:
        """Signal both, and wait until nothing of the group is left."""
        until = time.monotonic() + 40
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._group, how)
            while time.monotonic() < until:
                os.killpg(self._group, 0)
                time.sleep(0.02)
            pytest.fail(f"Something outlived {how.name}.")
        self._group = 0

    def close(self) -> None:
        """End everything."""
        if self._group:
            self.end(signal.SIGKILL)
        assert self._warm.stdin and self._warm.stdout
        self._warm.stdin.close()
        self._warm.wait(10)
        self._warm.stdout.close()


def letters_to_post() -> list[EmailMessage]:
    """Different people; two of three send papers, some of them large."""
    dice = random.Random(SEED)
    made = []
    for number in range(MESSAGES):
        sender = f"person{number}@utopia.example"
        files = PAPERS[: dice.randint(2, 3)] if number % 3 else ()
        message = mail(f"Person {number} <{sender}>", subject=f"Mail {number}", files=files)
        message["Return-Path"] = f"person{number}@utopia.example"
        made.append(message)
    return made


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "kind", [pytest.param(local, id="local"), pytest.param(dovecot, id="dovecot", marks=pytest.mark.deep)]
)
def test_every_message_exactly_once(
    kind: Callable[[Path], contextlib.AbstractContextManager[Server]],
    tmp_path: Path,
    database: Urls,
    outbox: Outbox,
) -> None:
    posted = letters_to_post()
    with kind(tmp_path / "mail") as server:
        settings = make_settings(
            tmp_path / "data", database, smtp=outbox.server, imap=server.imap, intake_poll_seconds=1.0
        )
        app = create_app(settings)
        desk = Desk(settings)
        try:
            with app.app_context():
                _kill_many_times(desk, server, posted)
                _finish(desk)
                _check_rows(posted)
                _check_letters(outbox)
                db.session.remove()
                db.engine.dispose()
        finally:
            desk.close()
        assert server.count() == MESSAGES, "Nothing is ever deleted from the mailbox."


def _kill_many_times(desk: Desk, server: Server, posted: list[EmailMessage]) -> None:
    dice = random.Random(SEED)
    waiting = list(posted)
    for message in waiting[:10]:
        server.deliver(message)
    del waiting[:10]
    interrupted = 0
    for number in range(KILLS):
        desk.start()
        until = time.monotonic() + dice.uniform(0.3, 1.5)
        if waiting:
            server.deliver(waiting.pop())
        if number % 2:
            # On a busy machine the random moments may all fall between the jobs; these fall into one.
            _until_at_work(seconds=5)
        else:
            time.sleep(max(0.0, until - time.monotonic()))
        desk.end(signal.SIGKILL)
        interrupted += _age()
    assert not waiting
    assert interrupted > 3, "The desk was hardly ever killed at work: this proves nothing."


def _until_at_work(*, seconds: float) -> None:
    """Return as soon as a job is being done, or when none was for so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        doing = db.session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'"))
        db.session.rollback()
        if doing:
            return
        time.sleep(0.005)


def _age() -> int:
    """Let the dead worker's last sign of life be old, instead of waiting half a minute after each kill.

    How many jobs it was doing.
    """
    db.session.execute(text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"))
    db.session.commit()
    doing = db.session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'"))
    db.session.rollback()
    return int(doing or 0)


def _finish(desk: Desk) -> None:
    """Let the desk work in peace until nothing is left to do, and stop it in good order."""
    desk.start()
    until = time.monotonic() + PATIENCE_SECONDS
    left = text(
        "SELECT (SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
        " AND task_name IN ('intake.file', 'letters.send', 'documents.render'))"
        " + :messages - (SELECT count(*) FROM received_mail WHERE status = 'filed')"
    )
    while db.session.scalar(left, {"messages": MESSAGES}):
        db.session.rollback()
        assert time.monotonic() < until, f"It does not finish:\n{_state()}\n{desk.log.read_text()[-3000:]}"
        time.sleep(0.2)
    desk.end(signal.SIGTERM)


def _state() -> str:
    """What waits, who works and who holds what, to find out why nothing goes on."""
    questions = (
        "SELECT task_name, status, attempts, worker_id, scheduled_at, count(*) FROM procrastinate_jobs GROUP BY 1, 2, 3, 4, 5",
        "SELECT id, last_heartbeat FROM procrastinate_workers",
        "SELECT status, attempts, count(*) FROM received_mail GROUP BY 1, 2",
        "SELECT state, wait_event_type, now() - xact_start, left(query, 90) FROM pg_stat_activity"
        " WHERE datname = current_database()",
    )
    return "\n".join(str(row) for question in questions for row in db.session.execute(text(question)))


def _check_rows(posted: list[EmailMessage]) -> None:
    db.session.rollback()
    received, messages = db.session.query(ReceivedMail).all(), db.session.query(Message).all()
    assert Counter(one.status for one in received) == {"filed": MESSAGES}
    assert len({one.uid for one in received}) == len({one.message_id for one in received}) == MESSAGES
    assert Counter(one.message_id for one in messages) == {str(one["Message-ID"]): 1 for one in posted}
    wanted = {str(one["Message-ID"]): _files(one) for one in posted}
    for message in messages:
        documents = db.session.query(Document).filter_by(message_id=message.id).all()
        found = Counter((one.filename, sha256(read(one.file)).hexdigest()) for one in documents)
        assert found == wanted[str(message.message_id)]
        assert all(one.pictures == "ready" for one in documents)
    assert db.session.query(Dossier).count() == sum(bool(files) for files in wanted.values())


def _files(message: EmailMessage) -> Counter[tuple[str, str]]:
    return Counter(
        (str(part.get_filename()), sha256(part.get_content()).hexdigest())
        for part in message.iter_attachments()
    )


def _check_letters(outbox: Outbox) -> None:
    """One letter for each message; one that was interrupted is in doubt and was not sent again."""
    letters = db.session.query(Letter).all()
    arrived = Counter(str(one["Message-ID"]) for one in outbox)
    assert len(letters) == MESSAGES and set(arrived) <= {one.message_id for one in letters}
    for letter in letters:
        assert letter.status in ("sent", "uncertain")
        assert arrived[letter.message_id] == 1 if letter.status == "sent" else arrived[letter.message_id] <= 1
