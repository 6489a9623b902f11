"""`flask jobs work --processes`: real processes that share the work, are replaced when they die, and end when told to."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.intake.models import ReceivedMail
from app.kernel.database import db
from config import PROJECT, Settings
from tests.factories.mails import mail, take_in
from tests.fixtures.live import environment_of

PATIENCE_SECONDS = 60


@pytest.fixture
def worker(settings: Settings, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Two processes below one."""
    command = [sys.executable, "-m", "flask", "jobs", "work", "--processes", "2"]
    with (tmp_path / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=os.environ | environment_of(settings),
            stderr=log,
            start_new_session=True,
        )
    yield process
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def children(process: subprocess.Popen[bytes]) -> set[int]:
    """The processes below it."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return {int(one) for one in listed.split()}


def until(good: Callable[[], bool]) -> None:
    """Wait for it."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not good():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_two_processes_work_are_replaced_and_end_in_good_order(
    app: Flask, worker: subprocess.Popen[bytes]
) -> None:
    with app.app_context():
        until(lambda: len(children(worker)) == 2)
        first = children(worker)
        victim = min(first)
        os.kill(victim, signal.SIGKILL)
        until(lambda: len(children(worker)) == 2 and victim not in children(worker))
        for number in range(4):
            take_in(mail(f"Person <person{number}@utopia.example>"))
        until(lambda: _filed() == 4)
        last = children(worker)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(PATIENCE_SECONDS) == 0
        assert not [one for one in last if Path(f"/proc/{one}").exists()]


def test_when_the_first_is_killed_the_others_end(app: Flask, worker: subprocess.Popen[bytes]) -> None:
    until(lambda: len(children(worker)) == 2)
    left = children(worker)
    worker.kill()
    worker.wait()
    until(lambda: not [one for one in left if _lives(one)])


def _lives(number: int) -> bool:
    """Nobody may have buried it yet: then it is there as a zombie."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _filed() -> int:
    db.session.rollback()
    return db.session.query(ReceivedMail).filter_by(status="filed").count()
