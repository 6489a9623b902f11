"""Holds the embedded PostgreSQL while standard input is open, so that it stops even when the runner is killed."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from app.gateways.embedded_postgres import EmbeddedPostgres

# Longer than the others take to end after the runner's death.
PATIENCE_SECONDS = 10.0


def main() -> None:
    """Join, wait for the end of standard input, then stay until everybody else has left."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server = EmbeddedPostgres(Path(sys.argv[1]))
    server.ensure_running()
    sys.stdin.read()
    server.release(patience=PATIENCE_SECONDS)


if __name__ == "__main__":
    main()
