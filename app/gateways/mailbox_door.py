"""Into a mailbox, step by step: connect, TLS, sign in, open the folder."""

from __future__ import annotations

import imaplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from app.gateways.mailbox_errors import (
    CONNECT,
    FOLDER,
    SIGN_IN,
    TLS,
    PermanentMailboxError,
    SignInRefused,
    TemporaryMailboxError,
)

# The answer to a search is one line: 100,000 numbers do not fit into the standard library's limit of a megabyte.
imaplib._MAXLINE = 50_000_000  # type: ignore[attr-defined]  # not in the stubs

_PASSING_REFUSALS = ("[unavailable]", "[inuse]", "[serverbug]", "[limit]", "temporar", "try again")
_GOODBYE_SECONDS = 3.0
# A peer that is gone without a word is asked for a sign of life after 30 s, three times, 10 s apart.
_KEEPALIVE = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))


@dataclass(frozen=True, kw_only=True)
class Door:
    """Where a mailbox is and how one gets in: by password, or by an access token where `token` is given.

    `timeout` in seconds holds for connecting and for every single answer.
    """

    host: str
    port: int
    security: str
    username: str
    password: str = field(repr=False, default="")
    token: str = field(repr=False, default="")
    mechanism: str = "XOAUTH2"
    timeout: float = 30.0

    def connect(self) -> Any:
        """A connected client, over TLS unless `security` is "none"; certificates are verified by the system's authorities."""
        context = ssl.create_default_context()
        step = CONNECT if self.security != "tls" else TLS
        try:
            client = self._client(context)
            if self.security == "starttls":
                step = TLS
                client.starttls(context)
        except ssl.SSLCertVerificationError:
            raise PermanentMailboxError(
                "the IMAP server's certificate is not trusted", code="untrusted", step=TLS
            ) from None
        except ssl.SSLError:
            raise TemporaryMailboxError(
                "the IMAP server cannot be reached by TLS", code="no_tls", step=TLS
            ) from None
        except (OSError, UnicodeError):
            # A name that no host can have is the latter.
            raise TemporaryMailboxError(
                "the IMAP server cannot be reached", code="unreachable", step=CONNECT
            ) from None
        except imaplib.IMAP4.error:
            raise TemporaryMailboxError(
                "the IMAP server cannot be reached", code="unreachable", step=step
            ) from None
        _keep_alive(client.socket())
        return client

    def _client(self, context: ssl.SSLContext) -> Any:
        client = IMAPClient(
            self.host,
            self.port,
            ssl=self.security == "tls",
            ssl_context=context if self.security == "tls" else None,
            timeout=self.timeout,
        )
        # IMAPClient sets 5, which formats every byte that comes in: eight times slower, and mails in the log.
        client._imap.debug = 0
        client.normalise_times = False
        return client

    def sign_in(self, client: Any) -> None:
        """Sign in. Raises SignInRefused, or TemporaryMailboxError when nobody is let in for now."""
        try:
            self._introduce(client)
        except LoginError as error:
            # IMAPClient calls everything that goes wrong here a refused login, a cut connection too.
            cut = isinstance(error.__context__, imaplib.IMAP4.abort)
            if cut or any(word in str(error).lower() for word in _PASSING_REFUSALS):
                raise TemporaryMailboxError(
                    "the IMAP server does not let anybody in for now", code="closed", step=SIGN_IN
                ) from None
            raise SignInRefused from None
        except UnicodeError:
            # Its text quotes the password.
            raise SignInRefused from None
        except (OSError, imaplib.IMAP4.error):
            raise TemporaryMailboxError(
                "the connection to the IMAP server broke at sign-in", step=SIGN_IN
            ) from None

    def _introduce(self, client: Any) -> None:
        if not self.token and not (self.username + self.password).isascii():
            # LOGIN knows ASCII only; PLAIN is in UTF-8 (RFC 4616).
            client.plain_login(self.username, self.password)
        elif not self.token:
            client.login(self.username, self.password)
        elif self.mechanism == "OAUTHBEARER":
            client.oauthbearer_login(self.username, self.token)
        else:
            client.oauth2_login(self.username, self.token)


def open_folder(client: Any, folder: str, *, readonly: bool) -> int:
    """Select the folder; its UIDVALIDITY."""
    try:
        answer = client.select_folder(folder, readonly=readonly)
    except (OSError, imaplib.IMAP4.abort):
        raise TemporaryMailboxError("the connection to the IMAP server broke", step=FOLDER) from None
    except imaplib.IMAP4.error:
        raise PermanentMailboxError(
            "the IMAP folder cannot be opened", code="no_folder", step=FOLDER
        ) from None
    validity = int(answer.get(b"UIDVALIDITY", 0))
    if not validity:
        raise PermanentMailboxError(
            "the IMAP server gives its messages no lasting numbers", code="no_numbers", step=FOLDER
        )
    return validity


def leave(client: Any, *, politely: bool) -> None:
    """Close the connection; a server that no longer answers is not waited for."""
    with suppress(Exception):
        if politely:
            client.socket().settimeout(_GOODBYE_SECONDS)
            client.logout()
            return
        client.shutdown()


def _keep_alive(connection: socket.socket) -> None:
    """Let the system find out that the other side is gone, also while nothing is said."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE:
            if hasattr(socket, name):
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
