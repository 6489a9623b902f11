"""The other end of the confined child: starts it, gives it one file at a time, and kills it when time is up."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.documents.rendering import frames
from app.documents.rendering.child import OUT_OF_MEMORY
from app.documents.rendering.limits import Limits

CHILD = Path(__file__).with_name("child.py")
START_SECONDS = 30.0
OUT_OF_TIME = (-signal.SIGXCPU, -signal.SIGALRM)


class RendererUnavailable(Exception):
    """Raised when no confined child can be started here: no matter of the file; the same call may work later."""


class WorkerDied(Exception):
    """Raised when the child ended, hung or misbehaved over a file; `code` is a finding's (timeout, memory, crashed)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Worker:
    """One child process. After WorkerDied it is dead and is thrown away."""

    def __init__(self, limits: Limits) -> None:
        """Start the child and wait until it is confined. Raises RendererUnavailable."""
        self._limits = limits
        self._process = _started(limits)
        assert self._process.stdin and self._process.stdout
        self._input, self._output = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._input, False)
        os.set_blocking(self._output, False)
        self.owner = os.getpid()
        try:
            header, _ = self._answer(time.monotonic() + START_SECONDS)
        except WorkerDied as reason:
            raise RendererUnavailable(f"the page renderer did not start: {reason.code}") from None
        self.measures: list[str] = header["measures"]

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the child still runs; asked only by the process that started it."""
        return self._process.poll() is None

    def answers(self, content: bytes) -> Iterator[tuple[dict[str, Any], list[bytes]]]:
        """Hand over one file and yield the answers up to the last. Raises WorkerDied."""
        deadline = time.monotonic() + self._limits.seconds
        self._write(frames.packed(content), deadline)
        # A sound child sends at most a page and a finding a page, and two more findings.
        for _ in range(2 * self._limits.pages + 2):
            header, parts = self._answer(deadline)
            if header.get("kind") == "end":
                return
            yield header, parts
        raise self._died("crashed")

    def stop(self) -> None:
        """End the child, whatever it is doing."""
        if self.owner == os.getpid():
            self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                stream.close()
        if self.owner == os.getpid():
            self._process.wait()

    def _answer(self, deadline: float) -> tuple[dict[str, Any], list[bytes]]:
        (length,) = frames.LENGTH.unpack(self._read(frames.LENGTH.size, deadline))
        if length > frames.LARGEST_ANSWER:
            raise self._died("crashed")
        payload = self._read(length, deadline)
        try:
            return frames.parsed(payload)
        except (ValueError, TypeError):
            raise self._died("crashed") from None

    def _write(self, content: bytes, deadline: float) -> None:
        view = memoryview(content)
        while view:
            self._wait(self._input, select.POLLOUT, deadline)
            try:
                view = view[os.write(self._input, view) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                raise self._died() from None

    def _read(self, length: int, deadline: float) -> bytes:
        content = bytearray()
        while len(content) < length:
            self._wait(self._output, select.POLLIN, deadline)
            chunk = os.read(self._output, min(length - len(content), 1 << 20))
            if not chunk:
                raise self._died()
            content += chunk
        return bytes(content)

    def _wait(self, descriptor: int, event: int, deadline: float) -> None:
        poll = select.poll()
        poll.register(descriptor, event)
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise self._died("timeout")

    def _died(self, code: str | None = None) -> WorkerDied:
        """End the child; without a code its exit status tells the reason."""
        if code is None:
            try:
                status = self._process.wait(1)
            except subprocess.TimeoutExpired:
                status = 0
            code = {OUT_OF_MEMORY: "memory", **dict.fromkeys(OUT_OF_TIME, "timeout")}.get(status, "crashed")
        self.stop()
        return WorkerDied(code)


def _started(limits: Limits) -> "subprocess.Popen[bytes]":
    """An own session keeps the terminal's Ctrl-C away; the child ends when its pipe is closed."""
    command = [sys.executable, "-I", "-B", str(CHILD), json.dumps(asdict(limits))]
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            bufsize=0,
            start_new_session=True,
        )
    except OSError as error:
        raise RendererUnavailable(f"the page renderer did not start: {type(error).__name__}") from None
