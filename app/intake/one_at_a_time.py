"""One process a mailbox: a PostgreSQL advisory lock on a connection of its own."""

from __future__ import annotations

import hashlib

import psycopg
from flask import current_app


class MailboxLock:
    """Use as a context manager. The lock ends with its connection, so a killed process leaves none behind."""

    def __init__(self, mailbox: str) -> None:
        self._key = int.from_bytes(hashlib.sha256(f"intake\0{mailbox}".encode()).digest()[:8], signed=True)
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None

    def __enter__(self) -> MailboxLock:
        self._connection = psycopg.connect(
            current_app.extensions["desk_database"].application, autocommit=True
        )
        return self

    def __exit__(self, *_error: object) -> None:
        if self._connection is not None:
            self._connection.close()

    def held(self) -> bool:
        """Take the lock, or make sure that it is still ours; False while another process has it.

        Raises psycopg.OperationalError when the connection, and so the lock, is lost.
        """
        if self._connection is None:
            return False
        holding = self._connection.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted)"
        ).fetchone()
        if holding and holding[0]:
            return True
        taken = self._connection.execute("SELECT pg_try_advisory_lock(%s)", (self._key,)).fetchone()
        return bool(taken and taken[0])
