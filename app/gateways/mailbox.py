"""A mailbox on an IMAP server, read without leaving a trace in it.

Nothing that a mail contains is logged or put into an error's text.
"""

import imaplib
import select
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event
from time import monotonic
from types import TracebackType
from typing import Any, Self

from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from config import is_loopback

# The answer to a search is one line: 100,000 numbers do not fit into the standard library's limit of a megabyte.
imaplib._MAXLINE = 50_000_000  # type: ignore[attr-defined]  # not in the stubs

BATCH_BYTES = 8_000_000
_BATCH_MESSAGES = 50
_SIZES_AT_ONCE = 1_000
_HEADER_BYTES = 65_536
# Firewalls forget quiet connections, and RFC 2177 wants IDLE renewed within 29 minutes.
_LONGEST_IDLE = 600.0
_IDLE_SLICE = 1.0
_PASSING_REFUSALS = ("[unavailable]", "[inuse]", "[serverbug]", "[limit]", "temporar", "try again")


class TemporaryMailboxError(Exception):
    """The server cannot be reached, broke off or refused for now: try again later.

    `uids` are the messages that were being fetched when the connection broke; one that breaks it every time
    is found by asking for them one at a time.
    """

    def __init__(self, text: str, uids: Sequence[int] = ()) -> None:
        super().__init__(text)
        self.uids = tuple(uids)


class PermanentMailboxError(Exception):
    """Trying again does not help: wrong password, missing folder, untrusted certificate, insecure setting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A message as the server has it; `internal_date` (aware UTC) is when it arrived there, if known."""

    uid: int
    raw: bytes = field(repr=False)
    internal_date: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfetchable:
    """A message that the server did not give, and why: "gone" (deleted meanwhile) or "refused" or "garbled"."""

    uid: int
    reason: str


class Mailbox:
    """One folder of one account. Use as a context manager: entering connects, signs in and opens the folder.

    `security` is "tls", "starttls" or "none" (this machine only); certificates are verified by the system's
    authorities. `timeout` in seconds holds for connecting and for every single answer. Not for two threads at once.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        security: str,
        username: str,
        password: str,
        folder: str = "INBOX",
        timeout: float = 60.0,
    ) -> None:
        if security not in ("tls", "starttls", "none"):
            raise PermanentMailboxError("IMAP security must be tls, starttls or none")
        if security == "none" and not is_loopback(host):
            raise PermanentMailboxError("IMAP without encryption is for this machine only")
        self._host, self._port, self._security = host, port, security
        self._username, self._password = username, password
        self._folder, self._timeout = folder, timeout
        self._client: Any = None
        self._broken = False
        self.uid_validity = 0

    def __enter__(self) -> Self:
        try:
            self._connect()
            self._sign_in()
            self._open_folder()
        except BaseException:
            self._close(politely=False)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close(politely=not self._broken)

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
        for batch in _batches(uids, self.sizes(uids), batch_bytes):
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
            stop.wait(min(seconds, _LONGEST_IDLE))
            return False
        with self._talking("idle"):
            return self._idle(monotonic() + min(seconds, _LONGEST_IDLE), stop)

    def mark_seen(self, uids: Sequence[int]) -> None:
        r"""Set \Seen; again is harmless."""
        self.flag(uids, "\\Seen")

    def flag(self, uids: Sequence[int], *flags: str) -> None:
        r"""Add flags, as "\\Flagged" or a keyword like "Filed"; again is harmless, missing messages are skipped."""
        for start in range(0, len(uids), _SIZES_AT_ONCE):
            with self._talking("flag"):
                self._client.add_flags(list(uids[start : start + _SIZES_AT_ONCE]), list(flags), silent=True)

    def _connect(self) -> None:
        context = ssl.create_default_context()
        try:
            self._client = IMAPClient(
                self._host,
                self._port,
                ssl=self._security == "tls",
                ssl_context=context if self._security == "tls" else None,
                timeout=self._timeout,
            )
            # IMAPClient sets 5, which formats every byte that comes in: eight times slower, and mails in the log.
            self._client._imap.debug = 0
            self._client.normalise_times = False
            if self._security == "starttls":
                self._client.starttls(context)
        except ssl.SSLCertVerificationError:
            raise PermanentMailboxError("the IMAP server's certificate is not trusted") from None
        except (OSError, imaplib.IMAP4.error):
            raise TemporaryMailboxError("the IMAP server cannot be reached") from None

    def _sign_in(self) -> None:
        try:
            self._client.login(self._username, self._password)
        except LoginError as error:
            # IMAPClient calls everything that goes wrong here a refused login, a cut connection too.
            cut = isinstance(error.__context__, imaplib.IMAP4.abort)
            if cut or any(word in str(error).lower() for word in _PASSING_REFUSALS):
                raise TemporaryMailboxError("the IMAP server does not let anybody in for now") from None
            raise PermanentMailboxError("the IMAP server refuses the user name or password") from None
        except (OSError, imaplib.IMAP4.error):
            raise TemporaryMailboxError("the connection to the IMAP server broke at sign-in") from None

    def _open_folder(self) -> None:
        try:
            answer = self._client.select_folder(self._folder)
        except (OSError, imaplib.IMAP4.abort):
            raise TemporaryMailboxError("the connection to the IMAP server broke") from None
        except imaplib.IMAP4.error:
            raise PermanentMailboxError("the IMAP folder cannot be opened") from None
        self.uid_validity = int(answer.get(b"UIDVALIDITY", 0))
        if not self.uid_validity:
            raise PermanentMailboxError("the IMAP server gives its messages no lasting numbers")

    def _close(self, *, politely: bool) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        with suppress(Exception):
            client.logout() if politely else client.shutdown()

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
                f"the IMAP server refused or talked nonsense ({what})", uids
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
            yield _fetched(uid, answers.pop(uid, {}))

    def _answers(self, uids: list[int]) -> dict[int, dict[bytes, Any]]:
        with self._talking("fetch", uids):
            return dict(self._client.fetch(uids, ["BODY.PEEK[]", "INTERNALDATE"]))

    def _idle(self, until: float, stop: Event) -> bool:
        while not stop.is_set() and monotonic() < until:
            # Until the end of IDLE is confirmed the connection is good for nothing else.
            self._broken = True
            self._client.idle()
            while not stop.is_set() and (left := until - monotonic()) > 0:
                if self._server_speaks(min(left, _IDLE_SLICE)):
                    break
            _, news = self._client.idle_done()
            self._broken = False
            if _brings_mail(news):
                return True
        return False

    def _server_speaks(self, seconds: float) -> bool:
        """Wait for the server's next words without reading them; also True when it hangs up.

        IMAPClient's own idle_check breaks the connection when a line arrives in two pieces, as some do.
        """
        connection = self._client.socket()
        connection.setblocking(False)
        try:
            # What came along with the last answer already lies in the buffer, where select does not look.
            if self._client._imap.file.peek(1):
                return True
        except (BlockingIOError, ssl.SSLWantReadError):
            pass
        finally:
            connection.settimeout(self._timeout)
        return bool(select.select([connection], [], [], seconds)[0])


def _brings_mail(news: list[Any]) -> bool:
    """Whether an IDLE answer tells of a new message: (3, b"EXISTS")."""
    return any(len(one) > 1 and one[1] == b"EXISTS" for one in news if isinstance(one, tuple))


def _fetched(uid: int, answer: dict[bytes, Any]) -> Fetched | Unfetchable:
    raw = answer.get(b"BODY[]")
    if not isinstance(raw, bytes):
        return Unfetchable(uid=uid, reason="garbled" if b"BODY[]" in answer else "gone")
    when = answer.get(b"INTERNALDATE")
    internal = when.astimezone(UTC) if isinstance(when, datetime) else None
    return Fetched(uid=uid, raw=raw, internal_date=internal)


def _batches(uids: Sequence[int], sizes: dict[int, int], most: int) -> Iterator[list[int]]:
    """Runs of numbers whose sizes stay within `most` bytes together; a larger message goes alone."""
    batch: list[int] = []
    used = 0
    for uid in uids:
        size = sizes.get(uid, 0)
        if batch and (used + size > most or len(batch) >= _BATCH_MESSAGES):
            yield batch
            batch, used = [], 0
        batch.append(uid)
        used += size
    if batch:
        yield batch
