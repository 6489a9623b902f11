"""The intake and the worker as real processes that start at once: forked from one that has loaded everything.

Run as `python -m tests.servers.warm_desk`. Each line on stdin starts `flask intake run` and `flask jobs work` in a
process group of their own and answers with the group's number; the caller kills it. Nothing has been connected or
used before the fork, so what runs is what the commands would run.
"""

from __future__ import annotations

import os
import signal
import sys

from flask.cli import ScriptInfo

import app.documents.rendering.renderer
import app.intake.run  # noqa: F401  Everything that takes long to import.
from wsgi import app as desk

COMMANDS = (["intake", "run"], ["jobs", "work"])


def main() -> None:
    """Serve until stdin ends."""
    # Nobody asks how the killed ones ended, and this makes the system bury them at once.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _line in sys.stdin:
        intake, worker = COMMANDS
        group = _start(intake, 0)
        _start(worker, group)
        print(group, flush=True)


def _start(words: list[str], group: int) -> int:
    """Fork one command into the group, or into a new one for 0."""
    pid = os.fork()
    if pid:
        # Both sides do it, so that it is done before either goes on.
        os.setpgid(pid, group)
        return pid
    os.setpgid(0, group)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(os.open(os.environ["DESK_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
    code = 1
    try:
        desk.cli.main(args=words, prog_name="flask", obj=ScriptInfo(create_app=lambda: desk))
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
