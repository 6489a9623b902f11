"""`make reset`: stop the desk of this folder, then throw away its data, its settings and its database."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import sys
import time
from pathlib import Path

from app.gateways.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError
from config import PROJECT

DATA = PROJECT / "var"
PATIENCE_SECONDS = 20.0


def stop_runner(lock: Path) -> bool:
    """Ask a running `make run` to stop and wait for it; tell whether the folder is free."""
    if not lock.exists():
        return True
    until = time.monotonic() + PATIENCE_SECONDS
    with lock.open() as file:
        asked = False
        while time.monotonic() < until:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if not asked:
                    os.kill(int(lock.read_text()), signal.SIGTERM)
                asked = True
                time.sleep(0.2)
            else:
                return True
    return False


def main() -> int:
    """Start over; one sentence when that is not possible."""
    if os.environ.get("DESK_MODE") == "production":
        print(
            "`make reset` is for local mode only; production data is never thrown away by it.",
            file=sys.stderr,
        )
        return 1
    try:
        if not stop_runner(DATA / "run.lock"):
            print("The desk of this folder does not stop; end it and try again.", file=sys.stderr)
            return 1
        EmbeddedPostgres(DATA).destroy()
        if DATA.exists():
            shutil.rmtree(DATA)
    except EmbeddedPostgresError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename} cannot be removed: {error.strerror}.", file=sys.stderr)
        return 1
    print("Gone: data, settings and database of this folder. `make run` starts afresh.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
