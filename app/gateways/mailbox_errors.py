"""What can go wrong with a mailbox, apart: what passes by itself, and what a person has to mend."""

from __future__ import annotations

from collections.abc import Sequence

# Where it went wrong, in the order in which a mailbox is opened.
CONNECT, TLS, SIGN_IN, FOLDER, TALK = "connect", "tls", "sign_in", "folder", "talk"


class MailboxError(Exception):
    """Either kind. `code` names the problem for rows and screens, `step` where it happened; the text is for logs.

    None of the three holds anything that the server said: it may quote a mail or an address.
    """

    def __init__(self, text: str, *, code: str, step: str = TALK) -> None:
        super().__init__(text)
        self.code, self.step = code, step


class TemporaryMailboxError(MailboxError):
    """The server cannot be reached, broke off or refused for now: try again later.

    `uids` are the messages that were being fetched when the connection broke; one that breaks it every time
    is found by asking for them one at a time.
    """

    def __init__(self, text: str, uids: Sequence[int] = (), *, code: str = "broke", step: str = TALK) -> None:
        super().__init__(text, code=code, step=step)
        self.uids = tuple(uids)


class PermanentMailboxError(MailboxError):
    """Trying again does not help: wrong password, missing folder, untrusted certificate, insecure setting."""

    def __init__(self, text: str, *, code: str = "insecure", step: str = CONNECT) -> None:
        super().__init__(text, code=code, step=step)


class SignInRefused(PermanentMailboxError):
    """The server knows this user name, password or access token not, or not any more."""

    def __init__(self) -> None:
        super().__init__(
            "the IMAP server refuses the user name or password", code="sign_in_refused", step=SIGN_IN
        )
