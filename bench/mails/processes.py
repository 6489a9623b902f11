"""Processes of a benchmark: each does one thing at a time when it is told to, and tells how long that took."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

# Nothing is inherited, neither memory nor threads: what a process takes is its own.
_fresh = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Done:
    """What a process did: when it began and ended (seconds of the system's clock), and what it returned."""

    began: float
    ended: float
    value: Any


class Worker:
    """A process that calls functions of modules; `prepare` says what its `state` is, made once."""

    def __init__(self, prepare: Callable[..., Any] | None = None, *arguments: Any) -> None:
        self._ours, theirs = _fresh.Pipe()
        self._process = _fresh.Process(target=_serve, args=(theirs, prepare, arguments), daemon=True)
        self._process.start()
        theirs.close()

    def start(self, act: Callable[..., Any], *arguments: Any) -> None:
        """Have `act(state, *arguments)` done; `done` waits for it."""
        self._ours.send((act, arguments))

    def done(self) -> Done:
        """Wait for what was started. An error there is raised here."""
        answer = self._ours.recv()
        if isinstance(answer, BaseException):
            raise answer
        assert isinstance(answer, Done)
        return answer

    def do(self, act: Callable[..., Any], *arguments: Any) -> Done:
        """Start and wait."""
        self.start(act, *arguments)
        return self.done()

    def peak_megabytes(self) -> float:
        """The largest resident memory the process has had so far."""
        return float(self.do(_peak).value)

    def close(self) -> None:
        """End the process."""
        self._ours.close()
        self._process.join(10)
        self._process.kill()


def together(
    workers: Sequence[Worker], act: Callable[..., Any], *shares: Sequence[Any]
) -> tuple[float, list[Any]]:
    """Have every worker do its share at once: seconds from the first beginning to the last end, and the values."""
    for number, worker in enumerate(workers):
        worker.start(act, *(share[number] for share in shares))
    done = [worker.done() for worker in workers]
    return max(one.ended for one in done) - min(one.began for one in done), [one.value for one in done]


def _serve(pipe: Connection, prepare: Callable[..., Any] | None, arguments: tuple[Any, ...]) -> None:
    state = prepare(*arguments) if prepare else None
    while True:
        try:
            act, given = pipe.recv()
        except EOFError:
            return
        try:
            began = time.monotonic()
            value = act(state, *given)
            pipe.send(Done(began, time.monotonic(), value))
        except Exception as error:  # noqa: BLE001  Whatever it is, the benchmark ends with it.
            pipe.send(error)


def _peak(state: Any) -> float:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1000 for line in status if line.startswith("VmHWM"))
