"""What the desk is measured against: the same mailbox, the same disk, the same parser, and no application around."""

from __future__ import annotations

import imaplib
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.conversations.reading import read_message
from app.intake.receive import BATCH_BYTES, BATCH_MESSAGES

USERNAME, FOLDER = "support@xignature.co.id", "INBOX"
TABLES = """
DROP TABLE IF EXISTS peer_mail;
DROP TABLE IF EXISTS peer_file;
CREATE TABLE peer_file (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE, key bytea, size bigint);
CREATE TABLE peer_mail (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, uid bigint UNIQUE, size bigint,
    file_id bigint REFERENCES peer_file
);
"""


def fetch_only(state: None, port: int, password: str) -> int:
    """(a) Fetch everything in batches and keep nothing; how many messages."""
    with _signed_in(port, password) as client:
        return sum(len(batch) for batch in _batches(client))


def fetch_and_keep(state: None, port: int, password: str, folder: Path, database: str) -> int:
    """(b) Fetch, encrypt, write, fsync, insert; a commit for each batch. One after the other, as a script does it."""
    kept = 0
    folder.mkdir()
    with _signed_in(port, password) as client, psycopg.connect(database) as connection:
        connection.execute(TABLES)
        connection.commit()
        for batch in _batches(client):
            for uid, raw in batch:
                _keep(connection, folder, uid, raw)
            _sync(folder, os.O_RDONLY | os.O_DIRECTORY)
            connection.commit()
            kept += len(batch)
    return kept


def parse_only(mails: list[bytes]) -> int:
    """Parse and decode; how many files came out."""
    return sum(len(read_message(raw).attachments) for raw in mails)


def _keep(connection: psycopg.Connection[tuple[int]], folder: Path, uid: int, raw: bytes) -> None:
    name, key, nonce = secrets.token_hex(16), secrets.token_bytes(32), secrets.token_bytes(12)
    path = folder / name
    path.write_bytes(nonce + AESGCM(key).encrypt(nonce, raw, None))
    _sync(path, os.O_RDONLY)
    row = connection.execute(
        "INSERT INTO peer_file (name, key, size) VALUES (%s, %s, %s) RETURNING id", (name, key, len(raw))
    ).fetchone()
    assert row is not None
    connection.execute(
        "INSERT INTO peer_mail (uid, size, file_id) VALUES (%s, %s, %s)", (uid, len(raw), row[0])
    )


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    os.fsync(descriptor)
    os.close(descriptor)


def _signed_in(port: int, password: str) -> imaplib.IMAP4:
    client = imaplib.IMAP4("127.0.0.1", port)
    client.login(USERNAME, password)
    client.select(FOLDER)
    return client


def _batches(client: imaplib.IMAP4) -> Iterator[list[tuple[int, bytes]]]:
    """Number and content, in batches of the desk's own size."""
    sizes = [
        tuple(map(int, re.findall(rb"\d+", line)))[1:]
        for line in client.uid("FETCH", "1:*", "RFC822.SIZE")[1]
    ]
    batch: list[int] = []
    used = 0
    for uid, size in [(one[0], one[-1]) for one in sizes]:
        if batch and (len(batch) == BATCH_MESSAGES or used + size > BATCH_BYTES):
            yield _fetch(client, batch)
            batch, used = [], 0
        batch.append(uid)
        used += size
    yield _fetch(client, batch)


def _fetch(client: imaplib.IMAP4, uids: list[int]) -> list[tuple[int, bytes]]:
    _, answer = client.uid("FETCH", ",".join(map(str, uids)), "(BODY.PEEK[] INTERNALDATE)")
    parts = [one for one in answer if isinstance(one, tuple)]
    return list(zip(uids, (content for _, content in parts), strict=True))
