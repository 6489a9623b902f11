"""Several mailboxes on a real Dovecot: each has its own fate, and the server is told after filing, never before."""

from __future__ import annotations

import threading
import tracemalloc
from dataclasses import replace

import pytest
from flask import Flask

from app.conversations.models import Message
from app.intake import problems
from app.intake.models import MailboxState, ReceivedMail
from app.intake.run import Intake
from app.intake.try_again import try_again
from app.kernel.actors import SYSTEM
from app.kernel.database import db
from app.letters.models import Letter
from config import MailboxSettings, MailServer, Settings
from config_mail import AfterFiling
from tests.factories.mails import mail
from tests.fixtures.desk import RunJobs
from tests.fixtures.dovecot import imap_of, until
from tests.fixtures.mail import Outbox, plain_of
from tests.servers.dovecot import Dovecot
from tests.servers.faulty_line import FaultyLine


@pytest.fixture
def imap(empty_dovecot: Dovecot) -> MailServer:
    """The first mailbox is Dovecot's INBOX."""
    return imap_of(empty_dovecot)


@pytest.fixture
def after() -> AfterFiling:
    """What is done after filing in the second mailbox; tests override it by parametrizing."""
    return AfterFiling()


@pytest.fixture
def settings(settings: Settings, after: AfterFiling) -> Settings:
    """A second mailbox: the folder HR of the same account."""
    hr = MailboxSettings(name="hr", server=settings.imap, folder="HR", after=after)
    return replace(settings, more_mailboxes=(hr,), intake_poll_seconds=0.5, intake_timeout_seconds=10)


def once() -> tuple[int, list[str]]:
    """One visit of each mailbox: how many messages came, and which mailboxes could not be visited."""
    taken, errors = Intake(threading.Event()).once()
    return taken, sorted(errors)


def flags_in(dovecot: Dovecot, folder: str) -> list[list[str]]:
    """The flags of each message of a folder, but \\Recent."""
    with dovecot.client() as client:
        client.select_folder(folder, readonly=True)
        found = client.get_flags(client.search())
    return [sorted(flag.decode() for flag in one if flag != b"\\Recent") for one in found.values()]


def with_folder(dovecot: Dovecot, *raws: bytes, folder: str = "HR") -> None:
    with dovecot.client() as client:
        if not client.folder_exists(folder):
            client.create_folder(folder)
        for raw in raws:
            client.append(folder, raw)


def test_one_letter_in_two_mailboxes_is_one_and_two_letters_of_one_id_are_two(
    app: Flask, empty_dovecot: Dovecot, run_jobs: RunJobs
) -> None:
    same = mail(subject="To both addresses").as_bytes()
    shared = {"Message_ID": "<used-twice@utopia.example>"}
    empty_dovecot.deliver_many([same, mail(subject="The first", **shared).as_bytes()])
    with_folder(empty_dovecot, same, mail(subject="Another", **shared).as_bytes())
    with app.app_context():
        assert once() == (4, [])
    run_jobs()
    with app.app_context():
        rows = db.session.query(ReceivedMail).all()
        assert {one.mailbox.rpartition("/")[2] for one in rows} == {"INBOX", "HR"}
        assert [one.status for one in rows] == ["filed"] * 4
        subjects = [one.subject for one in db.session.query(Message)]
        assert sorted(subjects) == ["Another", "The first", "To both addresses"]


def test_a_mailbox_that_cannot_be_opened_keeps_no_other_waiting(app: Flask, empty_dovecot: Dovecot) -> None:
    """The folder HR is not there; then it is, and nobody had to do anything."""
    empty_dovecot.deliver(mail(subject="one").as_bytes())
    stop = threading.Event()

    def run() -> None:
        with app.app_context():
            Intake(stop).forever()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        with app.app_context():
            until(lambda: _state("INBOX").last_mail_at and _state("HR").problem == "no_folder")
            empty_dovecot.deliver(mail(subject="two").as_bytes())
            until(lambda: db.session.query(ReceivedMail).count() == 2)
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()
    with_folder(empty_dovecot, mail(subject="three").as_bytes())
    with app.app_context():
        assert once() == (1, [])
        assert _state("HR").problem is None and _state("HR").problem_since is None


def _state(folder: str) -> MailboxState:
    found = db.session.query(MailboxState).filter(MailboxState.mailbox.endswith(f"/{folder}")).one_or_none()
    return found or MailboxState(mailbox="none")


@pytest.mark.parametrize(
    ("after", "here", "there"),
    [
        (AfterFiling(what="leave"), [[]], []),
        (AfterFiling(what="seen"), [["\\Seen"]], []),
        (AfterFiling(what="keyword", where="Filed"), [["Filed"]], []),
        (AfterFiling(what="move", where="Done.2026"), [], [[]]),
    ],
    ids=["leave", "seen", "keyword", "move"],
)
def test_the_server_is_told_after_filing_and_not_before(
    app: Flask,
    empty_dovecot: Dovecot,
    run_jobs: RunJobs,
    here: list[list[str]],
    there: list[list[str]],
) -> None:
    with_folder(empty_dovecot, mail().as_bytes())
    with app.app_context():
        assert once() == (1, []) and once() == (0, [])
        assert flags_in(empty_dovecot, "HR") == [[]], "It is taken in, but not filed yet."
    run_jobs()
    with app.app_context():
        assert once() == (0, [])
        assert flags_in(empty_dovecot, "HR") == here
        if there:
            assert flags_in(empty_dovecot, "Done.2026") == there
        assert db.session.query(ReceivedMail).one().told_at is not None
        assert once() == (0, []) and db.session.query(ReceivedMail).count() == 1


@pytest.mark.parametrize("after", [AfterFiling(what="move", where="no//such..name")])
def test_a_refused_move_is_harmless_and_told(app: Flask, empty_dovecot: Dovecot, run_jobs: RunJobs) -> None:
    with_folder(empty_dovecot, mail(subject="one").as_bytes())
    with app.app_context():
        once()
    run_jobs()
    with app.app_context():
        assert once() == (0, [])
        assert _state("HR").told_problem == "nonsense" and _state("HR").problem is None
        with_folder(empty_dovecot, mail(subject="two").as_bytes())
        assert once() == (1, []), "Mail comes in nevertheless."
        assert db.session.query(ReceivedMail).filter_by(told_at=None).count() == 2


def test_a_store_that_breaks_the_connection_doubles_nothing_and_is_done_later(
    app: Flask, empty_dovecot: Dovecot, run_jobs: RunJobs
) -> None:
    empty_dovecot.deliver(mail().as_bytes())
    with_folder(empty_dovecot)
    with FaultyLine(empty_dovecot.port) as line, app.app_context():
        first = app.extensions["desk_settings"]
        app.extensions["desk_settings"] = replace(first, imap=replace(first.imap, port=line.port))
        once()
        db.session.remove()
        run_jobs()
        line.cut_on = b"STORE"
        assert once() == (0, [])
        assert _state("INBOX").told_problem == "broke" and flags_in(empty_dovecot, "INBOX") == [[]]
        line.cut_on = b""
        assert once() == (0, [])
        assert _state("INBOX").told_problem is None and flags_in(empty_dovecot, "INBOX") == [["\\Seen"]]
        assert db.session.query(Message).count() == db.session.query(ReceivedMail).count() == 1


def test_sixty_megabytes_are_refused_and_the_sender_is_told_once(
    app: Flask, empty_dovecot: Dovecot, run_jobs: RunJobs, outbox: Outbox
) -> None:
    line = b"x" * 76 + b"\r\n"
    large = mail("Anna <anna@utopia.example>", subject="All my papers", text="See below.").as_bytes()
    large += line * (60 * 1024 * 1024 // len(line))
    with_folder(empty_dovecot)
    empty_dovecot.deliver_many([mail("Budi <budi@utopia.example>").as_bytes(), large])
    del large
    with app.app_context():
        tracemalloc.start()
        assert once() == (2, [])
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 10_000_000, "The large message itself is never held."
        mine = db.session.query(ReceivedMail).filter_by(status="quarantined").one()
        assert mine.problem == problems.TOO_LARGE and mine.size > 60_000_000
        db.session.remove()
    run_jobs()
    [told] = outbox.to("anna@utopia.example")
    text = plain_of(told)
    assert "61 MB" in text and "50 MB" in text and "All my papers" in str(told["Subject"])
    assert told["Auto-Submitted"] == "auto-replied"
    with app.app_context():
        mine = db.session.query(ReceivedMail).filter_by(status="quarantined").one()
        assert mine.sender_told_at is not None
        try_again(mine.id, actor=SYSTEM)
        assert once() == (1, []), "It is looked at again, and still too large."
        db.session.remove()
    run_jobs()
    assert len(outbox.to("anna@utopia.example")) == 1


@pytest.mark.parametrize(
    ("sender", "headers"),
    [
        ("robot@utopia.example", {"Auto-Submitted": "auto-generated"}),
        ("list@utopia.example", {"List-Id": "<all.utopia.example>"}),
        ("support@xignature.co.id", {}),
        ("nobody", {}),
    ],
)
def test_machines_and_odd_addresses_are_not_told(
    app: Flask,
    empty_dovecot: Dovecot,
    run_jobs: RunJobs,
    outbox: Outbox,
    sender: str,
    headers: dict[str, str],
) -> None:
    app.extensions["desk_settings"] = replace(app.extensions["desk_settings"], mail_max_bytes=1_000)
    message = mail(sender, text="long " * 1_000, **headers)
    empty_dovecot.deliver(message.as_bytes())
    with_folder(empty_dovecot)
    with app.app_context():
        assert once() == (1, [])
        db.session.remove()
    run_jobs()
    with app.app_context():
        assert db.session.query(ReceivedMail).one().problem == problems.TOO_LARGE
        assert db.session.query(Letter).count() == 0
    assert not outbox


def test_an_indonesian_sender_is_told_in_indonesian(
    app: Flask, empty_dovecot: Dovecot, run_jobs: RunJobs, outbox: Outbox
) -> None:
    app.extensions["desk_settings"] = replace(app.extensions["desk_settings"], mail_max_bytes=1_000)
    subject = "Pendaftaran akun dan dokumen saya untuk sertifikat"
    empty_dovecot.deliver(mail("Sari <sari@contoh.example>", subject=subject, text="x " * 2_000).as_bytes())
    with_folder(empty_dovecot)
    with app.app_context():
        once()
        db.session.remove()
    run_jobs()
    [told] = outbox.to("sari@contoh.example")
    assert "terlalu besar" in str(told["Subject"])
