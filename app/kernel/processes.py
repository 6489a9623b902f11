"""Several processes doing the same work: Python uses one core a process."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import structlog

MOST = 4
PAUSE_SECONDS = 1.0
_SET_PARENT_DEATH_SIGNAL = 1
_STOPPING = (signal.SIGTERM, signal.SIGINT)

log = structlog.get_logger("desk")


def one_for_each_core() -> int:
    """How many processes use this machine well: one a core that we may use, four at most."""
    return min(MOST, len(os.sched_getaffinity(0)))


class Processes:
    """Forks `count` processes that do `work` until SIGTERM or Ctrl-C, which every one of them is told once, as SIGTERM.

    One that ends by itself is replaced. When this process is killed the others are told to end, by the system.
    Nothing that does not survive a fork, such as threads or an open connection, may be in use before.
    """

    def __init__(self, count: int, work: Callable[[], None]) -> None:
        self._count, self._work = count, work
        self._children: set[int] = set()
        self._stopping = False

    def run(self) -> None:
        """Returns when all have ended after a signal."""
        for number in _STOPPING:
            signal.signal(number, self._told)
        for _ in range(self._count):
            self._start()
        while self._children:
            ended, status = os.wait()
            self._children.discard(ended)
            if not self._stopping:
                log.warning("worker ended by itself", code=os.waitstatus_to_exitcode(status))
                # A fault that ends every process at once must not keep the machine busy with starting them.
                time.sleep(PAUSE_SECONDS)
                self._start()

    def _told(self, _number: int, _frame: Any) -> None:
        self._stopping = True
        for child in self._children:
            os.kill(child, signal.SIGTERM)

    def _start(self) -> None:
        """Fork one. A signal waits meanwhile: no child may be missed, and none may act on one before it is ready."""
        parent = os.getpid()
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
        try:
            if self._stopping:
                return
            child = os.fork()
            if child == 0:
                self._be_child(parent)
            self._children.add(child)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)

    def _be_child(self, parent: int) -> None:
        """Never returns. What the parent opened is the parent's to close."""
        code = 1
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
            # Ctrl-C reaches every process of the terminal; the parent passes it on, and twice would mean at once.
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
            if os.getppid() == parent:
                self._work()
            code = 0
        except BaseException as error:  # noqa: BLE001  Nothing may get from here into what the parent was doing.
            log.warning("worker failed", error=type(error).__name__)
        finally:
            sys.stdout.flush()
            os._exit(code)
