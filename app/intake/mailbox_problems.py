"""What is wrong with a mailbox: a code in its row, a sentence on the screen."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from app.gateways.mailbox_errors import MailboxError
from app.gateways.store import TemporaryStoreError

STORE, UNEXPECTED = "store", "unexpected"

_SENTENCES = {
    "broke": lazy_gettext("The connection to the mail server broke."),
    "closed": lazy_gettext("The mail server lets nobody in for now."),
    "insecure": lazy_gettext("The mail server would be spoken to without encryption, which is not allowed."),
    "no_folder": lazy_gettext("The folder cannot be opened."),
    "no_move": lazy_gettext("The mail server cannot move mail; choose another way in the settings."),
    "no_numbers": lazy_gettext("The mail server gives its messages no lasting numbers."),
    "no_tls": lazy_gettext("The mail server does not speak TLS at this port."),
    "nonsense": lazy_gettext("The mail server refused or gave something that cannot be understood."),
    "sign_in_refused": lazy_gettext("The mail server refuses the user name, the password or the token."),
    "token_refused": lazy_gettext(
        "The provider refuses the refresh token: it has ended or was withdrawn. Put a new one into the settings."
    ),
    "token_unreachable": lazy_gettext("The provider of access tokens cannot be reached."),
    "unreachable": lazy_gettext("The mail server cannot be reached."),
    "untrusted": lazy_gettext("The mail server's certificate is not trusted."),
    STORE: lazy_gettext("The vault cannot be written to. Is the disk full?"),
    UNEXPECTED: lazy_gettext("An error in the desk; its log says where."),
}


def code_of(error: BaseException) -> str:
    """What is stored for an error."""
    if isinstance(error, MailboxError):
        return error.code
    return STORE if isinstance(error, TemporaryStoreError) else UNEXPECTED


def sentence(problem: str | None) -> str:
    """What the screen says; "" for no problem."""
    if not problem:
        return ""
    known: Any = _SENTENCES.get(problem)
    return str(known) if known is not None else _("Something is wrong (%(kind)s).", kind=problem)
