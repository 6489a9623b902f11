"""Try a mailbox, step by step, for somebody who looks at the health page. Changes nothing in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from app.gateways import gateways
from app.gateways.mailbox import Mailbox, MailboxError
from app.gateways.mailbox_errors import CONNECT, FOLDER, SIGN_IN, TALK, TLS
from app.intake import mailbox_problems
from app.intake.tokens import access_token
from config import MailboxSettings

# Somebody waits in front of the screen.
TIMEOUT = 8.0
_LABELS: dict[str, Any] = {
    CONNECT: lazy_gettext("Connect"),
    TLS: lazy_gettext("Encrypt (TLS)"),
    SIGN_IN: lazy_gettext("Sign in"),
    FOLDER: lazy_gettext("Open the folder"),
    TALK: lazy_gettext("Count the messages"),
}
_DONE: dict[str, Any] = {
    CONNECT: lazy_gettext("The mail server answers."),
    TLS: lazy_gettext("Its certificate is trusted."),
    SIGN_IN: lazy_gettext("The user name is let in."),
    FOLDER: lazy_gettext("The folder is there."),
}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: True for done, False for failed, None for not tried; and a sentence."""

    label: str
    done: bool | None
    sentence: str


def check_connection(which: MailboxSettings) -> list[Step]:
    """Every step in order; the first that fails says why, and those after it are not tried.

    The caller holds no database connection while this waits for the servers, and none is held here.
    """
    done: dict[str, str] = {}
    try:
        mailbox = gateways().open_mailbox(which, token=access_token(which), readonly=True, timeout=TIMEOUT)
        with _opening(mailbox, done):
            done[TALK] = _("It holds %(n)s messages.", n=mailbox.count())
    except MailboxError as error:
        return _steps(which, done, failed=error)
    return _steps(which, done, failed=None)


def _opening(mailbox: Mailbox, done: dict[str, str]) -> Mailbox:
    for step in mailbox.steps_in():
        done[step] = str(_DONE[step])
    return mailbox


def _steps(which: MailboxSettings, done: dict[str, str], *, failed: MailboxError | None) -> list[Step]:
    order = [one for one in (CONNECT, TLS, SIGN_IN, FOLDER, TALK) if one != TLS or _encrypted(which)]
    # Where TLS is spoken from the first byte, connecting has worked when its encryption fails.
    if failed is not None and failed.step == TLS:
        done.setdefault(CONNECT, str(_DONE[CONNECT]))
    return [_step(one, done, failed) for one in order]


def _encrypted(which: MailboxSettings) -> bool:
    return which.server.security != "none"


def _step(step: str, done: dict[str, str], failed: MailboxError | None) -> Step:
    label = str(_LABELS[step])
    if step in done:
        return Step(label=label, done=True, sentence=done[step])
    if failed is not None and failed.step == step:
        return Step(label=label, done=False, sentence=mailbox_problems.sentence(failed.code))
    return Step(label=label, done=None, sentence=_("Not tried."))
