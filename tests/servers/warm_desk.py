"""The intake and the worker as real processes that start at once: forked from one that has imported everything.

Run as `python -m tests.servers.warm_desk`. Each line on stdin starts `flask intake run` and `flask jobs work` in a
process group of their own and answers with the group's number; the caller kills it. Nothing has been connected,
opened or started before the fork, so what runs is what the commands would run.
"""

from __future__ import annotations

import os
import signal
import sys

import flask.cli

import app
import app.cli
import app.documents.rendering.renderer
import app.intake.run
import app.letters.queue  # noqa: F401  Everything that takes long to import.

COMMANDS = (["intake", "run"], ["jobs", "work"])


def main() -> None:
    """Serve until stdin ends."""
    # Nobody asks how the killed ones ended.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _group()
        print(pid, flush=True)


def _group() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setpgid(0, 0)
    others = [_command(words) for words in COMMANDS]
    for _other in others:
        os.wait()
    os._exit(0)


def _command(words: list[str]) -> int:
    pid = os.fork()
    if pid == 0:
        sys.argv = ["flask", *words]
        os.dup2(os.open(os.environ["DESK_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 1)
        os.dup2(1, 2)
        code = 1
        try:
            flask.cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            os._exit(code)
    return pid


if __name__ == "__main__":
    main()
