"""The mail server and the way to it fail in every way; the intake recovers without anybody, loses and doubles nothing."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from app.intake import problems
from app.intake.models import MailboxState, ReceivedMail
from app.intake.run import Intake
from app.kernel.database import db
from config import MailServer, Settings
from tests.factories.mails import mail
from tests.fixtures.dovecot import imap_of, until
from tests.servers.dovecot import Dovecot
from tests.servers.faulty_line import FaultyLine

ANSWER_SECONDS, POLL_SECONDS = 3.0, 1.0


@pytest.fixture
def line(empty_dovecot: Dovecot) -> Iterator[FaultyLine]:
    """What lies between the desk and Dovecot."""
    with FaultyLine(empty_dovecot.port) as found:
        yield found


@pytest.fixture
def imap(empty_dovecot: Dovecot, line: FaultyLine) -> MailServer:
    """The first mailbox is at the other end of the line."""
    return imap_of(empty_dovecot, line.port)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Short times, so that the tests are short."""
    return replace(settings, intake_poll_seconds=POLL_SECONDS, intake_timeout_seconds=ANSWER_SECONDS)


@contextlib.contextmanager
def intake(app: Flask, *, processes: int = 1) -> Iterator[None]:
    """The intake at work; `processes` of them, each with its own lock connection."""
    stop = threading.Event()

    def run() -> None:
        with app.app_context():
            Intake(stop).forever()

    threads = [threading.Thread(target=run) for _number in range(processes)]
    for thread in threads:
        thread.start()
    try:
        with app.app_context():
            yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
    assert not any(thread.is_alive() for thread in threads), "It does not stop when told."


def taken() -> int:
    return db.session.query(ReceivedMail).count()


def problem() -> str | None:
    state = db.session.query(MailboxState).one_or_none()
    return state.problem if state else None


def comes(dovecot: Dovecot, count: int) -> None:
    """Another message is delivered, and then there are so many."""
    dovecot.deliver(mail(subject=f"number {count}").as_bytes())
    until(lambda: taken() == count)


def test_a_half_open_connection_is_noticed_in_time(
    app: Flask, empty_dovecot: Dovecot, line: FaultyLine
) -> None:
    """The other end is gone without a word, as behind a firewall that forgot us."""
    with intake(app):
        comes(empty_dovecot, 1)
        line.swallow = True
        began = time.monotonic()
        until(lambda: problem() == "broke")
        # A round of IDLE, and the wait for the answer that ends it; the rest is this machine's.
        assert time.monotonic() - began < POLL_SECONDS + 2 * ANSWER_SECONDS + 10
        line.swallow = False
        comes(empty_dovecot, 2)
        until(lambda: problem() is None)


def test_cuts_and_a_server_that_restarts(app: Flask, empty_dovecot: Dovecot, line: FaultyLine) -> None:
    with intake(app):
        comes(empty_dovecot, 1)
        for count in (2, 3):
            line.cut()
            comes(empty_dovecot, count)
        empty_dovecot.kill_all()
        until(lambda: problem() is not None)
        empty_dovecot.start()
        comes(empty_dovecot, 4)
        until(lambda: problem() is None)


def test_a_cut_in_the_middle_of_fetching_loses_and_doubles_nothing(
    app: Flask, empty_dovecot: Dovecot, line: FaultyLine
) -> None:
    empty_dovecot.deliver_many([mail(text="word " * 40_000).as_bytes() for _number in range(8)])
    passed = 0

    def cut_now_and_then(piece: bytes) -> bytes:
        nonlocal passed
        passed += len(piece)
        if passed > 700_000:
            passed = 0
            line.cut()
        return piece

    line.rewrite = cut_now_and_then
    with intake(app):
        until(lambda: taken() == 8)
        rows = db.session.query(ReceivedMail).all()
    assert {one.status for one in rows} == {"received"} and len({one.uid for one in rows}) == 8


def test_a_slow_server_is_waited_for(app: Flask, empty_dovecot: Dovecot, line: FaultyLine) -> None:
    """Every answer comes, a little at a time."""
    line.pause = 0.02
    empty_dovecot.deliver_many([mail(text="word " * 2_000).as_bytes() for _number in range(3)])
    with app.app_context():
        assert Intake(threading.Event()).once() == (3, {})


def test_a_folder_that_is_made_anew_while_the_intake_runs(
    app: Flask, empty_dovecot: Dovecot, line: FaultyLine
) -> None:
    """UIDVALIDITY changes under its eyes; the numbers begin at 1 again."""

    def make() -> None:
        with empty_dovecot.client() as client:
            client.create_folder("Desk")

    def put(subject: str) -> None:
        empty_dovecot.deliver(mail(subject=subject).as_bytes(), "Desk")

    app.extensions["desk_settings"] = replace(app.extensions["desk_settings"], imap_folder="Desk")
    make()
    put("before")
    with intake(app):
        until(lambda: taken() == 1)
        with empty_dovecot.client() as client:
            client.delete_folder("Desk")
        # UIDVALIDITY is the second of its making.
        time.sleep(1.1)
        make()
        put("after")
        until(lambda: taken() == 2)
        rows = db.session.query(ReceivedMail).all()
        assert {one.uid for one in rows} == {1} and len({one.uid_validity for one in rows}) == 2


def test_a_message_that_the_server_garbles_is_quarantined_alone(
    app: Flask, empty_dovecot: Dovecot, line: FaultyLine
) -> None:
    empty_dovecot.deliver_many([mail(subject=one).as_bytes() for one in ("first", "POISON", "last")])

    def garble(piece: bytes) -> bytes:
        head, mark, tail = piece.partition(b"POISON")
        if not mark:
            return piece
        start = head.rfind(b" FETCH (")
        return head[:start] + b" FETCH ))" + head[start + 9 :] + mark + tail

    line.rewrite = garble
    with app.app_context():
        assert Intake(threading.Event()).once() == (3, {})
        rows = db.session.query(ReceivedMail).order_by(ReceivedMail.uid).all()
        assert [one.status for one in rows] == ["received", "quarantined", "received"]
        assert rows[1].problem in (problems.REFUSED, problems.GARBLED)
        assert "lies in the mailbox" in problems.sentence(rows[1].problem)


def test_two_at_once_double_nothing_and_one_takes_over(
    app: Flask, empty_dovecot: Dovecot, line: FaultyLine
) -> None:
    empty_dovecot.deliver_many([mail().as_bytes() for _number in range(40)])
    with intake(app, processes=2):
        until(lambda: taken() == 40)
        comes(empty_dovecot, 41)
        assert len({one.uid for one in db.session.query(ReceivedMail)}) == 41


@pytest.mark.parametrize(
    "count",
    [
        pytest.param(300, id="a sample"),
        pytest.param(10_000, id="all", marks=[pytest.mark.deep, pytest.mark.timeout(1800)]),
    ],
)
def test_many_small_messages(
    app: Flask, empty_dovecot: Dovecot, imap: MailServer, count: int, settings: Settings
) -> None:
    direct = replace(settings, imap=imap_of(empty_dovecot), intake_timeout_seconds=60)
    app.extensions["desk_settings"] = direct
    empty_dovecot.deliver_many([b"Subject: %d\r\n\r\nsmall\r\n" % number for number in range(count)])
    with app.app_context():
        assert Intake(threading.Event()).once() == (count, {})
        assert Intake(threading.Event()).once() == (0, {})
        assert taken() == count
