"""Open a mailbox as its settings say, with a token where it is signed in to by token."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.gateways import gateways
from app.gateways.mailbox import Mailbox, SignInRefused
from app.intake import token_store
from app.intake.tokens import access_token
from config import MailboxSettings


@contextmanager
def connected(
    which: MailboxSettings, *, readonly: bool = False, timeout: float | None = None
) -> Iterator[Mailbox]:
    """The open mailbox. A token that the mail server refuses is exchanged for a new one, once.

    Raises TemporaryMailboxError, PermanentMailboxError.
    """
    with _entered(which, readonly=readonly, timeout=timeout) as mailbox:
        yield mailbox


def _entered(which: MailboxSettings, *, readonly: bool, timeout: float | None) -> Mailbox:
    """An entered mailbox; its own __exit__ closes it."""
    token = access_token(which)
    mailbox = gateways().open_mailbox(which, token=token, readonly=readonly, timeout=timeout)
    try:
        return mailbox.opened()
    except SignInRefused:
        if not token:
            raise
    token_store.discard(which, token)
    return (
        gateways().open_mailbox(which, token=access_token(which), readonly=readonly, timeout=timeout).opened()
    )
