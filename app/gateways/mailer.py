"""Letters out, by SMTP through Flask-Mail."""

import re
import smtplib
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.charset import QP, Charset
from email.mime.base import MIMEBase
from email.mime.text import MIMEText
from email.policy import SMTP
from email.utils import quote
from types import TracebackType
from typing import Any

import flask_mail
from flask import Flask

from config import is_loopback

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[^\s@<>,;:\"()\[\]\\]{1,250}")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,70}")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{3,900}>")
_TOKEN = re.compile(r"[A-Za-z0-9._+-]{1,100}")
_OURS = {
    "from",
    "to",
    "cc",
    "bcc",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "reply-to",
    "sender",
}


class TemporaryMailerError(Exception):
    """The letter could not be handed over now: server away, sign-in refused, or an answer 4xx. Try later.

    `uncertain` is True when the connection broke after the whole letter was sent and before the answer: it may
    have gone out, and sending again may double it. `code` is the server's answer, 0 without one.
    """

    def __init__(self, text: str, *, code: int = 0, uncertain: bool = False) -> None:
        super().__init__(text)
        self.code = code
        self.uncertain = uncertain


class PermanentMailerError(Exception):
    """This letter will never go out as it is: the server answered 5xx, or its headers are not acceptable.

    `code` is the server's answer, 0 when it was refused here.
    """

    def __init__(self, text: str, *, code: int = 0) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingAttachment:
    """A file that goes with a letter; `params` are further ones of its Content-Type, as method=REQUEST."""

    filename: str
    media_type: str
    content: bytes = field(repr=False)
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """A letter to one person. `from_`, `to` and `reply_to` are (name, address), the name may be "".

    Message ids with their angle brackets. `headers` are further ones, as Auto-Submitted. An attachment of type
    text/calendar with a `method` is also laid beside the text, where calendar programs look for invitations.
    """

    message_id: str
    from_: tuple[str, str]
    to: tuple[str, str]
    subject: str
    text: str = field(repr=False)
    html: str | None = field(default=None, repr=False)
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    reply_to: tuple[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[OutgoingAttachment, ...] = ()


class Mailer:
    """The SMTP server that takes our letters. `security` is "tls", "starttls" or "none" (this machine only)."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        security: str,
        username: str | None = None,
        password: str | None = None,
        timeout: float = 30.0,
    ) -> None:
        if security not in ("tls", "starttls", "none"):
            raise PermanentMailerError("SMTP security must be tls, starttls or none")
        if security == "none" and not is_loopback(host):
            raise PermanentMailerError("SMTP without encryption is for this machine only")
        self._host, self._port, self._security = host, port, security
        self._username, self._password, self._timeout = username, password, timeout
        self._app: Flask | None = None

    def init_app(self, app: Flask) -> None:
        """Set Flask-Mail up in the application. It would keep quiet under TESTING, and print letters in debug."""
        app.config.update(
            MAIL_SERVER=self._host,
            MAIL_PORT=self._port,
            MAIL_USE_SSL=self._security == "tls",
            MAIL_USE_TLS=self._security == "starttls",
            MAIL_USERNAME=self._username or None,
            MAIL_PASSWORD=self._password or None,
            MAIL_SUPPRESS_SEND=False,
            MAIL_DEBUG=False,
        )
        flask_mail.Mail(app)
        self._app = app

    def deliver(self, message: OutgoingMessage) -> str:
        """Hand one letter to the server; gives its answer, as "250 2.0.0 Ok: queued as 4F1". No database is touched.

        Raises TemporaryMailerError or PermanentMailerError, whose texts name no person.
        """
        if self._app is None:
            raise RuntimeError("Mailer.init_app was not called")
        letter = _letter(message)
        with self._app.app_context():
            return self._send(_Connection(self._app.extensions["mail"], self._timeout), letter)

    def _send(self, connection: "_Connection", letter: "_Letter") -> str:
        try:
            with connection:
                connection.send(letter)
                return connection.answer
        except smtplib.SMTPRecipientsRefused as refusal:
            raise _by_code(max(code for code, _ in refusal.recipients.values())) from None
        except smtplib.SMTPAuthenticationError as refusal:
            # A wrong password says nothing about the letter: it can go out once the setting is mended.
            raise TemporaryMailerError(
                "the SMTP server refuses our sign-in", code=refusal.smtp_code
            ) from None
        except smtplib.SMTPConnectError as refusal:
            raise TemporaryMailerError("the SMTP server takes no mail now", code=refusal.smtp_code) from None
        except smtplib.SMTPResponseException as refusal:
            raise _by_code(refusal.smtp_code) from None
        except ssl.SSLCertVerificationError:
            raise TemporaryMailerError("the SMTP server's certificate is not trusted") from None
        except (OSError, smtplib.SMTPException):
            uncertain = connection.uncertain
            raise TemporaryMailerError(
                "the SMTP server cannot be reached or broke off", uncertain=uncertain
            ) from None
        except flask_mail.BadHeaderError:
            raise PermanentMailerError("a header of the letter holds a line break") from None


def _by_code(code: int) -> TemporaryMailerError | PermanentMailerError:
    if 500 <= code < 600:
        return PermanentMailerError(f"the SMTP server refused the letter ({code})", code=code)
    return TemporaryMailerError(f"the SMTP server put the letter off ({code})", code=code)


class _Connection(flask_mail.Connection):
    """Flask-Mail's connection with a timeout, a verified certificate, and the server's answer kept."""

    def __init__(self, mail: Any, timeout: float) -> None:
        super().__init__(mail)
        self.timeout = timeout

    @property
    def answer(self) -> str:
        """What the server said to the last letter."""
        return getattr(self.host, "answer", "") or "accepted"

    @property
    def uncertain(self) -> bool:
        """Whether a letter went out whole and unanswered."""
        return bool(getattr(self.host, "unanswered", False))

    def configure_host(self) -> smtplib.SMTP:
        """Connect, encrypt, sign in. Flask-Mail itself would wait for ever and take any certificate."""
        context = ssl.create_default_context()
        mail = self.mail
        if mail.use_ssl:
            host: smtplib.SMTP = _TlsServer(mail.server, mail.port, timeout=self.timeout, context=context)
        else:
            host = _Server(mail.server, mail.port, timeout=self.timeout)
        try:
            if mail.use_tls:
                host.starttls(context=context)
            if mail.username and mail.password:
                host.login(mail.username, mail.password)
        except BaseException:
            host.close()
            raise
        return host

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """A failing goodbye after an accepted letter must not look like a failure: it would be sent twice."""
        if self.host is not None:
            with suppress(OSError, smtplib.SMTPException):
                self.host.quit()


class _Answering:
    """smtplib throws the answer to DATA away; this keeps it, and notices when there was none."""

    answer = ""
    unanswered = False

    def data(self, msg: Any) -> tuple[int, bytes]:
        code, text = self._hand_over(msg)
        words = text.decode("utf-8", "replace").replace("\n", " ")
        self.answer = "".join(letter for letter in f"{code} {words}" if letter.isprintable())[:500]
        return code, text

    def _hand_over(self, msg: Any) -> tuple[int, bytes]:
        self.unanswered = True
        answered: tuple[int, bytes] = super().data(msg)  # type: ignore[misc]
        self.unanswered = False
        return answered


class _Server(_Answering, smtplib.SMTP):
    pass


class _TlsServer(_Answering, smtplib.SMTP_SSL):
    pass


class _Letter(flask_mail.Message):
    """Flask-Mail's message, written so that every server and mail program takes it."""

    def _mimetext(self, text: str | None, subtype: str = "plain") -> MIMEText:
        """Quoted-printable keeps lines below the 998 bytes that SMTP allows; Flask-Mail sends them as they are."""
        charset = Charset("utf-8")
        charset.body_encoding = QP
        return MIMEText(text or "", _subtype=subtype, _charset=charset)  # type: ignore[arg-type]

    def _message(self) -> MIMEBase:
        message: MIMEBase = super()._message()
        # The usual policy folds long References into encoded words, which breaks threads in mail programs.
        message.policy = SMTP.clone(refold_source="none", max_line_length=None)
        return message


def _letter(message: OutgoingMessage) -> _Letter:
    letter = _Letter(
        subject=_line(message.subject),
        recipients=[_person(message.to)],
        sender=_person(message.from_),
        reply_to=_person(message.reply_to) if message.reply_to else None,
        body=message.text,
        html=message.html,
        extra_headers=_further_headers(message),
    )
    letter.msgId = _message_id(message.message_id)
    for attachment in message.attachments:
        _attach(letter, attachment)
    return letter


def _further_headers(message: OutgoingMessage) -> dict[str, str]:
    headers: dict[str, str] = {}
    if message.in_reply_to:
        headers["In-Reply-To"] = _message_id(message.in_reply_to)
    if message.references:
        headers["References"] = "\n ".join(_message_id(one) for one in message.references)
    for name, value in message.headers.items():
        if (
            not _HEADER_NAME.fullmatch(name)
            or name.lower() in _OURS
            or name.lower().startswith(("content-", "mime-"))
        ):
            raise PermanentMailerError("a header of the letter has a name that is not allowed")
        headers[name] = flask_mail.sanitize_subject(_line(value))
    return headers


def _attach(letter: _Letter, attachment: OutgoingAttachment) -> None:
    words = [*attachment.media_type.split("/"), *attachment.params.keys(), *attachment.params.values()]
    if attachment.media_type.count("/") != 1 or not all(_TOKEN.fullmatch(word) for word in words):
        raise PermanentMailerError("an attachment of the letter has an odd media type")
    params = "".join(f"; {name}={value}" for name, value in attachment.params.items())
    media_type = attachment.media_type + params
    if attachment.media_type == "text/calendar" and "method" in attachment.params:
        letter.alts["calendar" + params] = attachment.content.decode("utf-8")
        # The same again as a file, under another type, lest a program shows the invitation twice.
        media_type = "application/ics"
    letter.attach(_line(attachment.filename), media_type, attachment.content)


def _person(person: tuple[str, str]) -> str:
    """A header's "Name <address>". Flask-Mail would take a comma in a bare name for the end of an address."""
    name, address = _line(person[0]), person[1]
    if not _ADDRESS.fullmatch(address) or len(address) > 254:
        raise PermanentMailerError("an address of the letter is not acceptable")
    address = _ascii_domain(address)
    # Flask-Mail itself encodes a name that is not ASCII; encoded here it would be encoded twice.
    return f'"{quote(name)}" <{address}>' if name else address


def _ascii_domain(address: str) -> str:
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        raise PermanentMailerError("an address of the letter is not acceptable") from None


def _message_id(text: str) -> str:
    if not _MESSAGE_ID.fullmatch(text):
        raise PermanentMailerError("a message id of the letter is not acceptable")
    return text


def _line(text: str) -> str:
    """A header's text as it is, refused when it could begin another header."""
    if any(ord(letter) < 32 or letter in "\x7f\x85\u2028\u2029" for letter in text):
        raise PermanentMailerError("a header of the letter holds a line break")
    return text
