"""A mailbox on an IMAP server, read without leaving a trace in it.

Nothing that a mail contains is logged or put into an error's text.
"""

import imaplib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event
from types import TracebackType
from typing import Any, Self

from app.gateways.mailbox_door import Door, leave, open_folder
from app.gateways.mailbox_errors import (
    CONNECT,
    FOLDER,
    SIGN_IN,
    TLS,
    MailboxError,
    PermanentMailboxError,
    SignInRefused,
    TemporaryMailboxError,
)
from app.gateways.mailbox_idle import LONGEST, idle
from app.gateways.mailbox_messages import Fetched, Unfetchable, batches, fetched
from config import is_loopback

__all__ = [
    "Fetched",
    "Mailbox",
    "MailboxError",
    "PermanentMailboxError",
    "SignInRefused",
    "TemporaryMailboxError",
    "Unfetchable",
]

BATCH_BYTES = 8_000_000
_SIZES_AT_ONCE = 1_000
_HEADER_BYTES = 65_536


class Mailbox:
    """One folder of one account. Use as a context manager: entering connects, signs in and opens the folder.

    `security` is "tls", "starttls" or "none" (this machine only); certificates are verified by the system's
    authorities. With a `token` that is what signs in, by `mechanism`. `timeout` in seconds holds for connecting and for
    every single answer. `readonly` changes nothing on the server. Not for two threads at once.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        security: str,
        username: str,
        password: str = "",
        token: str = "",
        mechanism: str = "XOAUTH2",
        folder: str = "INBOX",
        timeout: float = 30.0,
        readonly: bool = False,
    ) -> None:
        if security not in ("tls", "starttls", "none"):
            raise PermanentMailboxError("IMAP security must be tls, starttls or none")
        if security == "none" and not is_loopback(host):
            raise PermanentMailboxError("IMAP without encryption is for this machine only")
        self._door = Door(
            host=host,
            port=port,
            security=security,
            username=username,
            password=password,
            token=token,
            mechanism=mechanism,
            timeout=timeout,
        )
        self._folder, self._timeout, self._readonly = folder, timeout, readonly
        self._client: Any = None
        self._broken = False
        self.uid_validity = 0

    def __enter__(self) -> Self:
        return self if self._client is not None else self.opened()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close(politely=not self._broken)

    def opened(self) -> Self:
        """This mailbox, open; a with statement closes it."""
        for _step in self.steps_in():
            pass
        return self

    def steps_in(self) -> Iterator[str]:
        """Enter step by step: each step's name once it is done. The errors' `step` says which one failed."""
        try:
            self._client = self._door.connect()
            yield CONNECT
            if self._door.security != "none":
                yield TLS
            self._door.sign_in(self._client)
            yield SIGN_IN
            self.uid_validity = open_folder(self._client, self._folder, readonly=self._readonly)
            yield FOLDER
        except BaseException:
            self._close(politely=False)
            raise

    def uids_after(self, uid: int) -> list[int]:
        """The numbers of the messages that came after `uid` (0 for all), ascending."""
        with self._talking("search"):
            # Without it some servers do not yet show this connection what arrived since its last command.
            self._client.noop()
            # "8:*" also gives the last message when its number is below 8 (RFC 3501, 6.4.8).
            found = self._client.search(["UID", f"{uid + 1}:*"])
        return sorted({int(one) for one in found if one > uid})

    def count(self) -> int:
        """How many messages the folder holds."""
        with self._talking("status"):
            return int(self._client.folder_status(self._folder, ["MESSAGES"])[b"MESSAGES"])

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """Size in bytes by number, for those that are still there."""
        found: dict[int, int] = {}
        for start in range(0, len(uids), _SIZES_AT_ONCE):
            with self._talking("sizes"):
                answers = self._client.fetch(list(uids[start : start + _SIZES_AT_ONCE]), ["RFC822.SIZE"])
            found |= {uid: one[b"RFC822.SIZE"] for uid, one in answers.items() if b"RFC822.SIZE" in one}
        return found

    def fetch(
        self, uids: Sequence[int], *, batch_bytes: int = BATCH_BYTES
    ) -> Iterator[Fetched | Unfetchable]:
        r"""Each message once, in the order asked for, in batches of at most `batch_bytes` (one message at least).

        None is marked \Seen. One that cannot be had comes as Unfetchable and does not stop the others. Sort out
        oversized ones by `sizes` first: a message is held in memory whole.
        """
        for batch in batches(uids, self.sizes(uids), batch_bytes):
            yield from self._fetch_batch(batch)

    def headers(self, uid: int) -> bytes:
        """The first 64 KiB of a message's headers, for one too large to fetch; b"" when it is gone."""
        with self._talking("headers"):
            answers = self._client.fetch([uid], [f"BODY.PEEK[HEADER]<0.{_HEADER_BYTES}>"])
        values = [value for key, value in answers.get(uid, {}).items() if key.startswith(b"BODY[HEADER]")]
        return bytes(values[0])[:_HEADER_BYTES] if values and values[0] else b""

    def wait(self, seconds: float, stop: Event | None = None) -> bool:
        """Wait at most so long for mail. True as soon as something arrived; False at the end or once `stop` is set.

        Without IDLE on the server it only sleeps. Waits at most 10 minutes, so that a dead connection is noticed.
        """
        stop = stop or Event()
        with self._talking("idle"):
            idles = self._client.has_capability("IDLE")
        if not idles:
            stop.wait(min(seconds, LONGEST))
            return False
        with self._talking("idle"):
            # Until the end of IDLE is confirmed the connection is good for nothing else.
            self._broken = True
            arrived = idle(self._client, min(seconds, LONGEST), stop, timeout=self._timeout)
            self._broken = False
            return arrived

    def mark_seen(self, uids: Sequence[int]) -> None:
        r"""Set \Seen; again is harmless."""
        self.flag(uids, "\\Seen")

    def flag(self, uids: Sequence[int], *flags: str) -> None:
        r"""Add flags, as "\\Flagged" or a keyword like "Filed"; again is harmless, missing messages are skipped."""
        for start in range(0, len(uids), _SIZES_AT_ONCE):
            with self._talking("flag"):
                self._client.add_flags(list(uids[start : start + _SIZES_AT_ONCE]), list(flags), silent=True)

    def move(self, uids: Sequence[int], folder: str) -> None:
        """Move to another folder (RFC 6851), made if it is not there; missing messages are skipped, so again is harmless.

        Only a server that moves at one stroke is asked: with copy and delete, a break in between leaves a copy each time.
        """
        with self._talking("move"):
            if not self._client.has_capability("MOVE"):
                raise PermanentMailboxError("the IMAP server cannot move mail", code="no_move", step=FOLDER)
            if not self._client.folder_exists(folder):
                self._client.create_folder(folder)
        for start in range(0, len(uids), _SIZES_AT_ONCE):
            with self._talking("move"):
                self._client.move(list(uids[start : start + _SIZES_AT_ONCE]), folder)

    def _close(self, *, politely: bool) -> None:
        client, self._client = self._client, None
        if client is not None:
            leave(client, politely=politely)

    @contextmanager
    def _talking(self, what: str, uids: Sequence[int] = ()) -> Iterator[None]:
        """Turns what the library raises into our two kinds, without the server's words: they may quote a mail."""
        if self._client is None or self._broken:
            raise TemporaryMailboxError("the connection to the IMAP server is closed")
        try:
            yield
        except (OSError, imaplib.IMAP4.abort):
            self._broken = True
            raise TemporaryMailboxError(f"the connection to the IMAP server broke ({what})", uids) from None
        except imaplib.IMAP4.error:
            raise TemporaryMailboxError(
                f"the IMAP server refused or talked nonsense ({what})", uids, code="nonsense"
            ) from None

    def _fetch_batch(self, uids: list[int]) -> Iterator[Fetched | Unfetchable]:
        try:
            answers = self._answers(uids)
        except (ValueError, TypeError, KeyError, TemporaryMailboxError) as error:
            if self._broken:
                raise
            if len(uids) > 1:
                for uid in uids:
                    yield from self._fetch_batch([uid])
            else:
                refused = isinstance(error, TemporaryMailboxError)
                yield Unfetchable(uid=uids[0], reason="refused" if refused else "garbled")
            return
        for uid in uids:
            yield fetched(uid, answers.pop(uid, {}))

    def _answers(self, uids: list[int]) -> dict[int, dict[bytes, Any]]:
        with self._talking("fetch", uids):
            return dict(self._client.fetch(uids, ["BODY.PEEK[]", "INTERNALDATE"]))
