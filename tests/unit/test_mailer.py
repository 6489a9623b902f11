"""The mailer gateway against a real SMTP server (aiosmtpd)."""

import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, Session
from flask import Flask

from app.gateways.mailer import (
    Mailer,
    OutgoingAttachment,
    OutgoingMessage,
    PermanentMailerError,
    TemporaryMailerError,
)
from tests.servers.certificates import write_certificate
from tests.servers.ports import free_port


class Postbox:
    """Takes every letter, or answers what it is told to."""

    def __init__(self) -> None:
        self.letters: list[bytes] = []
        self.recipients: list[str] = []
        self.rcpt_answer = ""
        self.data_answer = "250 2.0.0 Ok: queued as 4F1A"

    async def handle_RCPT(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if self.rcpt_answer:
            return self.rcpt_answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.letters.append(envelope.content)
        self.recipients += envelope.rcpt_tos
        return self.data_answer

    def read(self) -> EmailMessage:
        read = message_from_bytes(self.letters[-1], policy=default)
        assert isinstance(read, EmailMessage)
        return read


@pytest.fixture
def postbox() -> Iterator[tuple[Postbox, int]]:
    handler, port = Postbox(), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, port
    controller.stop()


def mailer_at(port: int, **changes: Any) -> Mailer:
    settings: dict[str, Any] = {"host": "127.0.0.1", "port": port, "security": "none", "timeout": 10}
    mailer = Mailer(**(settings | changes))
    app = Flask("test")
    app.config["TESTING"] = True
    mailer.init_app(app)
    return mailer


def letter(**changes: Any) -> OutgoingMessage:
    message = OutgoingMessage(
        message_id="<l-1@xignature.co.id>",
        from_=("Xignature Support", "support@xignature.co.id"),
        to=("Jörg Müller, Dr.", "joerg@example.org"),
        subject="Dokumen Anda — your documents",
        text="Halo Jörg,\n\n" + "a long line " * 200 + "\n",
    )
    return replace(message, **changes)


def test_a_letter_arrives_and_the_answer_comes_back(postbox: tuple[Postbox, int]) -> None:
    handler, port = postbox
    references = tuple(f"<{number}-{'r' * 70}@mail.example.org>" for number in range(12))
    answer = mailer_at(port).deliver(
        letter(
            html="<p>Halo <b>Jörg</b></p>",
            in_reply_to=references[-1],
            references=references,
            reply_to=("", "support+t0ken@xignature.co.id"),
            headers={"Auto-Submitted": "auto-replied"},
        )
    )
    assert answer == "250 2.0.0 Ok: queued as 4F1A"
    assert handler.recipients == ["joerg@example.org"]
    read = handler.read()
    assert read["Message-ID"] == "<l-1@xignature.co.id>"
    assert read["Subject"] == "Dokumen Anda — your documents"
    assert read["To"].addresses[0].display_name == "Jörg Müller, Dr."
    assert read["To"].addresses[0].addr_spec == "joerg@example.org"
    assert read["From"].addresses[0].display_name == "Xignature Support"
    assert read["Reply-To"] == "support+t0ken@xignature.co.id"
    assert read["References"].split() == list(references)
    assert b"=?" not in handler.letters[-1].split(b"References:")[1].split(b"Auto-Submitted")[0]
    assert read["Auto-Submitted"] == "auto-replied"
    body, html = read.get_body(("plain",)), read.get_body(("html",))
    assert body is not None
    assert body.get_content().startswith("Halo Jörg")
    assert html is not None
    assert "<b>Jörg</b>" in html.get_content()
    assert max(len(line) for line in handler.letters[-1].split(b"\r\n")) <= 998


def test_an_invitation_lies_beside_the_text_and_as_a_file(postbox: tuple[Postbox, int]) -> None:
    handler, port = postbox
    ics = OutgoingAttachment(
        filename="invitation.ics",
        media_type="text/calendar",
        content=b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n",
        params={"method": "REQUEST"},
    )
    picture = OutgoingAttachment(
        filename="foto paspor é.png", media_type="image/png", content=bytes(range(256))
    )
    mailer_at(port).deliver(letter(attachments=(ics, picture)))
    parts = {part.get_content_type(): part for part in handler.read().walk()}
    assert parts["text/calendar"].get_param("method") == "REQUEST"
    assert parts["application/ics"].get_filename() == "invitation.ics"
    assert parts["image/png"].get_filename() == "foto paspor é.png"
    assert parts["image/png"].get_payload(decode=True) == bytes(range(256))


@pytest.mark.parametrize(
    ("where", "answer", "error"),
    [
        ("rcpt_answer", "550 5.1.1 no such user", PermanentMailerError),
        ("rcpt_answer", "450 4.2.1 greylisted", TemporaryMailerError),
        ("data_answer", "554 5.7.1 no", PermanentMailerError),
        ("data_answer", "451 4.3.0 later", TemporaryMailerError),
    ],
)
def test_errors_go_by_the_servers_code(
    postbox: tuple[Postbox, int], where: str, answer: str, error: type[PermanentMailerError]
) -> None:
    handler, port = postbox
    setattr(handler, where, answer)
    with pytest.raises(error) as refusal:
        mailer_at(port).deliver(letter())
    assert refusal.value.code == int(answer[:3])
    assert "joerg" not in str(refusal.value)


def test_nobody_listening_is_temporary_and_certain() -> None:
    with pytest.raises(TemporaryMailerError) as failure:
        mailer_at(free_port()).deliver(letter())
    assert failure.value.uncertain is False


def _rude_server(port: int, *, answer_data: bytes) -> threading.Thread:
    """An SMTP server that hangs up after the letter, with or without having answered."""
    listener = socket.create_server(("127.0.0.1", port))

    def serve() -> None:
        with listener, listener.accept()[0] as peer, peer.makefile("rwb", buffering=0) as stream:
            stream.write(b"220 hello\r\n")
            for line in iter(stream.readline, b""):
                if line.upper().startswith(b"DATA"):
                    stream.write(b"354 go\r\n")
                    while stream.readline() != b".\r\n":
                        pass
                    stream.write(answer_data)
                    return
                stream.write(b"250 ok\r\n")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return thread


def test_a_letter_without_an_answer_is_uncertain() -> None:
    port = free_port()
    server = _rude_server(port, answer_data=b"")
    with pytest.raises(TemporaryMailerError) as failure:
        mailer_at(port).deliver(letter())
    assert failure.value.uncertain is True
    server.join(5)


def test_a_server_that_hangs_up_after_accepting_has_accepted() -> None:
    port = free_port()
    server = _rude_server(port, answer_data=b"250 queued\r\n")
    assert mailer_at(port).deliver(letter()) == "250 queued"
    server.join(5)


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "hello\r\nBcc: all@example.org"},
        {"subject": "hello\nX: y"},
        {"subject": "hello\u2028there"},
        {"to": ("A\r\nBcc: b@example.org", "a@example.org")},
        {"to": ("A", "a@example.org\r\nBcc: b@example.org")},
        {"to": ("A", "a@example.org, b@example.org")},
        {"to": ("A", "not an address")},
        {"to": ("", "")},
        {"from_": ("A\n", "a@example.org")},
        {"headers": {"X-A": "b\r\nBcc: c@example.org"}},
        {"headers": {"X-A\r\nBcc": "b"}},
        {"headers": {"Bcc": "b@example.org"}},
        {"headers": {"Content-Type": "text/html"}},
        {"message_id": "<a@b>\r\nX: y"},
        {"attachments": (OutgoingAttachment(filename="a\r\nb", media_type="text/plain", content=b""),)},
        {"attachments": (OutgoingAttachment(filename="a", media_type="text/plain\r\nX: y", content=b""),)},
        {
            "attachments": (
                OutgoingAttachment(filename="a", media_type="a/b", content=b"", params={"x": "y;z"}),
            )
        },
    ],
)
def test_no_text_can_become_a_header(postbox: tuple[Postbox, int], changes: dict[str, Any]) -> None:
    handler, port = postbox
    with pytest.raises(PermanentMailerError):
        mailer_at(port).deliver(letter(**changes))
    assert handler.letters == []


def test_somebody_elses_odd_message_ids_do_not_keep_a_letter_back(postbox: tuple[Postbox, int]) -> None:
    handler, port = postbox
    odd = ("<a b@c>", "<é@c>", "<a@b>\r\nBcc: <c@d>", "", "<good@example.org>")
    mailer_at(port).deliver(letter(in_reply_to="<a@b>\r\nX-Evil: y", references=odd))
    read = handler.read()
    assert read["References"] == "<good@example.org>"
    assert read["In-Reply-To"] is None
    assert read["X-Evil"] is None
    assert read["Bcc"] is None


def test_no_encryption_only_on_this_machine() -> None:
    with pytest.raises(PermanentMailerError):
        Mailer(host="smtp.example.org", port=25, security="none")
    with pytest.raises(PermanentMailerError):
        Mailer(host="127.0.0.1", port=25, security="ssl")


def test_tls_is_verified_and_signing_in_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, key = write_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == b"right", handled=False)

    handler, port = Postbox(), free_port()
    controller = Controller(
        handler, hostname="127.0.0.1", port=port, tls_context=context, authenticator=check, auth_required=True
    )
    controller.start()
    try:
        good: dict[str, Any] = {"security": "starttls", "username": "desk", "password": "right"}
        with pytest.raises(TemporaryMailerError, match="certificate"):
            mailer_at(port, **good).deliver(letter())
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with pytest.raises(TemporaryMailerError, match="sign-in"):
            mailer_at(port, **(good | {"password": "wrong"})).deliver(letter())
        assert mailer_at(port, **good).deliver(letter()).startswith("250")
    finally:
        controller.stop()
    assert len(handler.letters) == 1
