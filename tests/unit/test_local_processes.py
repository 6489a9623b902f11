"""What the runner starts, it also ends: politely, by force, and when it is killed itself."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from demo import processes, run
from demo.people import PEOPLE, sign_ins
from demo.settings import port_is_free, write_if_missing

ROOT = Path(__file__).resolve().parents[2]
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""
RUNNER = """
import sys, time
from pathlib import Path
from demo.processes import Child
child = Child("sleeper", [sys.executable, "-c", "import time; time.sleep(60)"], Path(sys.argv[1]))
print(child.process.pid, flush=True)
time.sleep(60)
"""


def is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until_gone(process: int) -> bool:
    until = time.monotonic() + 10
    while is_alive(process) and time.monotonic() < until:
        time.sleep(0.05)
    return not is_alive(process)


def first_number(log: Path) -> int:
    until = time.monotonic() + 10
    while not (text := log.read_text().strip()):
        assert time.monotonic() < until
        time.sleep(0.05)
    return int(text.split()[0])


def test_a_stubborn_process_and_its_child_are_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "PATIENCE_SECONDS", 0.5)
    child = processes.Child("stubborn", [sys.executable, "-c", STUBBORN], tmp_path / "log")
    grandchild = first_number(tmp_path / "log")
    processes.stop([child])
    assert child.process.returncode == -signal.SIGKILL
    assert wait_until_gone(grandchild)


def test_a_killed_runner_leaves_nothing_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-c", RUNNER, str(tmp_path / "log")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as runner:
        assert runner.stdout is not None
        child = int(runner.stdout.readline())
        assert is_alive(child)
        os.kill(runner.pid, signal.SIGKILL)
    assert wait_until_gone(child)


def test_a_process_that_ends_by_itself_is_named_with_its_last_words(tmp_path: Path) -> None:
    child = processes.Child(
        "web server", [sys.executable, "-c", "raise SystemExit('no room')"], tmp_path / "log"
    )
    child.process.wait(10)
    assert child.ended
    assert "The web server ended by itself (exit code 1)" in child.last_words()
    assert child.last_words().endswith("no room")


def test_one_folder_runs_one_desk(tmp_path: Path) -> None:
    with run.only_runner(tmp_path):
        assert (tmp_path / "run.lock").read_text() == str(os.getpid())
        with pytest.raises(run.CannotRun, match="running already"), run.only_runner(tmp_path):
            pass


def test_settings_are_written_once_for_their_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "var" / "settings.env"
    assert write_if_missing(file)
    written = file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    assert not write_if_missing(file)
    assert file.read_text() == written
    other = tmp_path / "other"
    write_if_missing(other)
    assert written.split("SECRET_KEY=")[1][:40] not in other.read_text()


def test_sign_ins_stay_the_same_and_are_private(tmp_path: Path) -> None:
    first = sign_ins(tmp_path / "sign-ins.txt")
    assert [(person.role, person.name) for person in first] == list(PEOPLE)
    assert first == sign_ins(tmp_path / "sign-ins.txt")
    assert (tmp_path / "sign-ins.txt").stat().st_mode & 0o777 == 0o600
    assert len({person.password for person in first}) == len(PEOPLE)


def test_a_listening_port_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert not port_is_free("127.0.0.1", listener.getsockname()[1])
