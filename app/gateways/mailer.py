"""Letters out, by SMTP through Flask-Mail."""

import smtplib
import ssl
from contextlib import suppress
from types import TracebackType
from typing import Any

import flask_mail
from flask import Flask

from app.gateways.outgoing import (
    Letter,
    OutgoingAttachment,
    OutgoingMessage,
    PermanentMailerError,
    compose,
)
from config import is_loopback

__all__ = ["Mailer", "OutgoingAttachment", "OutgoingMessage", "PermanentMailerError", "TemporaryMailerError"]


class TemporaryMailerError(Exception):
    """The letter could not be handed over now: server away, sign-in refused, or an answer 4xx. Try later.

    `uncertain` is True when the connection broke after the whole letter was sent and before the answer: it may
    have gone out, and sending again may double it. `code` is the server's answer, 0 without one.
    """

    def __init__(self, text: str, *, code: int = 0, uncertain: bool = False) -> None:
        super().__init__(text)
        self.code = code
        self.uncertain = uncertain


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
        letter = compose(message)
        with self._app.app_context():
            return self._send(_Connection(self._app.extensions["mail"], self._timeout), letter)

    def _send(self, connection: "_Connection", letter: Letter) -> str:
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
        answered: tuple[int, bytes] = super().data(msg)  # type: ignore[misc]  # a mixin: SMTP comes beside it
        self.unanswered = False
        return answered


class _Server(_Answering, smtplib.SMTP):
    pass


class _TlsServer(_Answering, smtplib.SMTP_SSL):
    pass
