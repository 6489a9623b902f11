"""The mailbox gateway against a real Dovecot."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from imapclient import IMAPClient

from app.gateways.mailbox import (
    Fetched,
    Mailbox,
    PermanentMailboxError,
    SignInRefused,
    TemporaryMailboxError,
    Unfetchable,
)
from tests.servers.dovecot import PROGRAM, Dovecot
from tests.servers.local_mail import PASSWORD, LocalMail
from tests.servers.ports import free_port

pytestmark = pytest.mark.skipif(
    not Path(PROGRAM).exists() and not shutil.which("dovecot"),
    reason="Debian's dovecot-imapd is not installed",
)


class Umlaut(Dovecot):
    """One whose password is not ASCII."""

    password = "schlüssel-鍵"

    def client(self) -> Any:
        """Signed in by PLAIN, which is in UTF-8."""
        client = IMAPClient("127.0.0.1", self.port, ssl=False)
        client.plain_login(self.username, self.password)
        return client


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    with Dovecot() as server:
        yield server


@pytest.fixture
def open_mailbox(dovecot: Dovecot) -> Callable[..., Mailbox]:
    def make(**changes: Any) -> Mailbox:
        settings: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": dovecot.port,
            "security": "none",
            "username": dovecot.username,
            "password": dovecot.password,
            "timeout": 10,
        }
        return Mailbox(**(settings | changes))

    return make


def letter(subject: str = "a letter", size: int = 10) -> bytes:
    return f"From: a@example.org\r\nSubject: {subject}\r\n\r\n{'x' * size}\r\n".encode()


def test_uids_after_on_an_empty_and_a_filled_folder(
    dovecot: Dovecot, open_mailbox: Callable[..., Mailbox]
) -> None:
    with open_mailbox() as mailbox:
        assert mailbox.uid_validity > 0
        assert mailbox.uids_after(0) == []
        assert mailbox.count() == 0
        dovecot.deliver_many([letter(str(number)) for number in range(3)])
        assert mailbox.uids_after(0) == [1, 2, 3]
        assert mailbox.uids_after(2) == [3]
        # "4:*" gives message 3 on every server; it must not come again for ever.
        assert mailbox.uids_after(3) == []
        assert mailbox.uids_after(4_000) == []
        assert mailbox.count() == 3


def test_fetching_gives_the_very_bytes_and_leaves_no_trace(
    dovecot: Dovecot, open_mailbox: Callable[..., Mailbox]
) -> None:
    odd = b'Subject: \xff\xfe raw bytes\r\n\r\n\x80\x81 and {5}\r\n("quoted")\r\n'
    dovecot.deliver_many([letter(), odd, b"\r\n"])
    with open_mailbox() as mailbox:
        got = list(mailbox.fetch([1, 2, 3]))
        assert [one.uid for one in got] == [1, 2, 3]
        assert isinstance(got[1], Fetched)
        assert got[1].raw == odd
        assert got[1].internal_date is not None
        assert got[1].internal_date.utcoffset().total_seconds() == 0  # type: ignore[union-attr]
        assert b"Subject" in mailbox.headers(2)
    with dovecot.client() as client:
        client.select_folder("INBOX", readonly=True)
        assert client.search(["SEEN"]) == []


def test_flagging_is_asked_for_and_harmless_twice(
    dovecot: Dovecot, open_mailbox: Callable[..., Mailbox]
) -> None:
    dovecot.deliver_many([letter(), letter()])
    with open_mailbox() as mailbox:
        mailbox.mark_seen([1])
        mailbox.mark_seen([1, 99])
        mailbox.flag([2], "\\Flagged", "Filed")
        mailbox.flag([], "\\Flagged")
    with dovecot.client() as client:
        client.select_folder("INBOX", readonly=True)
        assert client.search(["SEEN"]) == [1]
        assert client.search(["FLAGGED", "KEYWORD", "Filed"]) == [2]


def test_batches_keep_to_their_bytes(
    dovecot: Dovecot, open_mailbox: Callable[..., Mailbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    dovecot.deliver_many([letter(size=size) for size in (100, 100, 5_000, 100, 100)])
    with open_mailbox() as mailbox:
        sizes = mailbox.sizes([1, 2, 3, 4, 5])
        assert sizes[3] > 5_000 > 500 > sizes[1]
        asked: list[list[int]] = []
        answers = mailbox._answers

        def spied(uids: list[int]) -> dict[int, dict[bytes, Any]]:
            asked.append(uids)
            return answers(uids)

        monkeypatch.setattr(mailbox, "_answers", spied)
        assert len(list(mailbox.fetch([1, 2, 3, 4, 5], batch_bytes=1_000))) == 5
        assert asked == [[1, 2], [3], [4, 5]]


def test_a_deleted_message_is_told_and_the_others_come(
    dovecot: Dovecot, open_mailbox: Callable[..., Mailbox]
) -> None:
    dovecot.deliver_many([letter(), letter(), letter()])
    with dovecot.client() as client:
        client.select_folder("INBOX")
        client.delete_messages([2])
        client.expunge()
    with open_mailbox() as mailbox:
        one, two, three = mailbox.fetch([1, 2, 3])
        assert isinstance(one, Fetched)
        assert two == Unfetchable(uid=2, reason="gone")
        assert isinstance(three, Fetched)
        assert mailbox.headers(2) == b""


def test_a_garbled_message_does_not_stop_the_others(
    dovecot: Dovecot, open_mailbox: Callable[..., Mailbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    dovecot.deliver_many([letter(), letter(), letter()])
    with open_mailbox() as mailbox:
        answers = mailbox._answers

        def garbled(uids: list[int]) -> dict[int, dict[bytes, Any]]:
            if 2 in uids:
                raise ValueError("No closing quote")
            return answers(uids)

        monkeypatch.setattr(mailbox, "_answers", garbled)
        one, two, three = mailbox.fetch([1, 2, 3])
        assert two == Unfetchable(uid=2, reason="garbled")
        assert isinstance(one, Fetched)
        assert isinstance(three, Fetched)


@pytest.mark.parametrize("security", ["none", "tls"])
def test_idle_wakes_when_mail_arrives(
    dovecot: Dovecot, open_mailbox: Callable[..., Mailbox], monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.certificate))
    port = dovecot.tls_port if security == "tls" else dovecot.port
    with open_mailbox(security=security, port=port) as mailbox:
        for number in (1, 2):
            sender = threading.Timer(0.5, dovecot.deliver, [letter()])
            sender.start()
            began = time.monotonic()
            assert mailbox.wait(30) is True
            assert time.monotonic() - began < 15
            sender.join()
            assert mailbox.uids_after(0)[-1] == number


def test_idle_survives_lines_that_come_in_pieces(tmp_path: Path) -> None:
    """The local mail server writes one line in several packets, as a network may; IMAPClient's reader breaks then."""
    server = LocalMail(tmp_path)
    settings: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": server.imap.port,
        "username": "support",
        "password": PASSWORD,
    }
    with server.run(), Mailbox(security="none", timeout=10, **settings) as mailbox:
        threading.Timer(0.5, server.post, [letter()]).start()
        assert mailbox.wait(30) is True
        assert mailbox.wait(0.5) is False
        (got,) = mailbox.fetch(mailbox.uids_after(0))
        assert isinstance(got, Fetched)
        assert mailbox.headers(got.uid)


def test_waiting_ends_in_time_and_when_told(open_mailbox: Callable[..., Mailbox]) -> None:
    with open_mailbox() as mailbox:
        began = time.monotonic()
        assert mailbox.wait(0.3) is False
        stop = threading.Event()
        threading.Timer(0.3, stop.set).start()
        assert mailbox.wait(60, stop) is False
        assert time.monotonic() - began < 10
        assert mailbox.uids_after(0) == []


def test_a_wrong_password_and_a_missing_folder_are_permanent(open_mailbox: Callable[..., Mailbox]) -> None:
    with pytest.raises(PermanentMailboxError), open_mailbox(password="wrong"):
        pass
    with pytest.raises(PermanentMailboxError), open_mailbox(folder="Nowhere"):
        pass


def test_a_password_beyond_ascii_signs_in_or_is_refused_and_never_quoted() -> None:
    with Umlaut() as dovecot:
        door = {"host": "127.0.0.1", "port": dovecot.port, "security": "none", "username": dovecot.username}
        with Mailbox(**door, password=Umlaut.password) as mailbox:
            assert mailbox.uids_after(0) == []
        with pytest.raises(SignInRefused) as refused, Mailbox(**door, password="schlössel"):
            pass
    assert "schl" not in str(refused.value)


def test_a_killed_server_is_temporary_and_comes_back(
    dovecot: Dovecot, open_mailbox: Callable[..., Mailbox]
) -> None:
    dovecot.deliver(letter())
    with open_mailbox() as mailbox:
        validity = mailbox.uid_validity
        dovecot.kill_all()
        with pytest.raises(TemporaryMailboxError) as failure:
            list(mailbox.fetch([1]))
        assert "127.0.0.1" not in str(failure.value)
        with pytest.raises(TemporaryMailboxError):
            mailbox.uids_after(0)
    with pytest.raises(TemporaryMailboxError), open_mailbox():
        pass
    dovecot.start()
    with open_mailbox() as mailbox:
        assert mailbox.uid_validity == validity
        assert mailbox.uids_after(0) == [1]


def test_a_server_killed_during_idle_is_temporary(
    dovecot: Dovecot, open_mailbox: Callable[..., Mailbox]
) -> None:
    with open_mailbox() as mailbox:
        threading.Timer(0.5, dovecot.kill_all).start()
        began = time.monotonic()
        with pytest.raises(TemporaryMailboxError):
            mailbox.wait(60)
        assert time.monotonic() - began < 20


def test_nobody_listening_is_temporary(open_mailbox: Callable[..., Mailbox]) -> None:
    with pytest.raises(TemporaryMailboxError), open_mailbox(port=free_port()):
        pass


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_certificates_are_verified(
    dovecot: Dovecot, open_mailbox: Callable[..., Mailbox], monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    port = dovecot.tls_port if security == "tls" else dovecot.port
    with (
        pytest.raises(PermanentMailboxError, match="certificate"),
        open_mailbox(security=security, port=port),
    ):
        pass
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.certificate))
    with open_mailbox(security=security, port=port) as mailbox:
        assert mailbox.uids_after(0) == []


def test_no_encryption_only_on_this_machine(open_mailbox: Callable[..., Mailbox]) -> None:
    with pytest.raises(PermanentMailboxError):
        open_mailbox(host="imap.example.org", security="none")
    with pytest.raises(PermanentMailboxError):
        open_mailbox(security="ssl")
    open_mailbox(host="localhost")
    open_mailbox(host="::1")


def test_many_messages_come_in_order(dovecot: Dovecot, open_mailbox: Callable[..., Mailbox]) -> None:
    dovecot.deliver_many([letter(str(number), number) for number in range(120)])
    with open_mailbox() as mailbox:
        got = [one.uid for one in mailbox.fetch(mailbox.uids_after(0))]
    assert len(got) == 120
    assert all(one < two for one, two in pairwise(got))


def test_nothing_of_a_mail_reaches_the_log(
    dovecot: Dovecot, open_mailbox: Callable[..., Mailbox], caplog: pytest.LogCaptureFixture
) -> None:
    dovecot.deliver(letter("a secret subject"))
    with caplog.at_level("DEBUG"), open_mailbox() as mailbox:
        list(mailbox.fetch([1]))
    assert "secret" not in caplog.text
    assert dovecot.password not in caplog.text
