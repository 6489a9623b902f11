"""The processes that `make run` starts: each in a session of its own, with a log, and gone when the runner is."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

PATIENCE_SECONDS = 5.0
LAST_LINES = 12
SET_PARENT_DEATH_SIGNAL = 1
_libc = ctypes.CDLL(None)


class Child:
    """One running process and the log it writes."""

    def __init__(self, name: str, command: Sequence[str], log: Path, *, outlives_us: bool = False) -> None:
        self.name, self.log = name, log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE if outlives_us else subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # The child must not stay behind when this process is killed without a chance to clean up.
                preexec_fn=None if outlives_us else _die_with_parent,
            )

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def last_words(self) -> str:
        """How it ended and the last lines of its log."""
        lines = self.log.read_text(errors="replace").splitlines()[-LAST_LINES:]
        return "\n".join([f"The {self.name} ended by itself ({self._how()}). {self.log} ends with:", *lines])

    def _how(self) -> str:
        code = self.process.returncode
        return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    def ask_to_end(self) -> None:
        """Send SIGTERM to the process alone: it knows best how to end those it started."""
        self.process.terminate()

    def kill(self) -> None:
        """Kill the whole group, also when its leader is gone and left somebody behind."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def stop(children: Sequence[Child]) -> None:
    """Ask every process to end, then make it: SIGTERM, and SIGKILL for what is left after five seconds."""
    for child in children:
        child.ask_to_end()
    until = time.monotonic() + PATIENCE_SECONDS
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(max(0.0, until - time.monotonic()))
    for child in children:
        child.kill()


def _die_with_parent() -> None:
    _libc.prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)


def module(name: str, *arguments: str) -> list[str]:
    """The command that runs a module with this interpreter."""
    return [sys.executable, "-m", name, *arguments]
