"""An access token for a mailbox, refreshed before it ends."""

from __future__ import annotations

import time

import structlog

from app.gateways import oauth
from app.gateways.mailbox_errors import SIGN_IN, PermanentMailboxError, TemporaryMailboxError
from app.intake import token_store
from config import MailboxSettings

log = structlog.get_logger("desk")

REFUSED, UNREACHABLE = "token_refused", "token_unreachable"
_PATIENCE, _PAUSE = 20.0, 0.5


def access_token(which: MailboxSettings) -> str:
    """A token that lives, "" for a mailbox with a password. One that lives is used even while no new one can be had.

    No database connection is held while the endpoint is asked. Raises TemporaryMailboxError, and PermanentMailboxError
    when the endpoint refuses for good.
    """
    if which.tokens is None:
        return ""
    held = token_store.look(which)
    if not held.due:
        return held.access_token
    if not token_store.lease(which):
        return held.access_token or _wait_for_the_other(which)
    try:
        # Looked at again: another process may have just exchanged the refresh token that we read.
        return _refresh(which, token_store.look(which))
    except (TemporaryMailboxError, PermanentMailboxError):
        if held.access_token:
            return held.access_token
        raise


def _refresh(which: MailboxSettings, held: token_store.Held) -> str:
    assert which.tokens is not None
    if not held.due:
        token_store.release(which)
        return held.access_token
    endpoint = which.tokens
    try:
        granted = oauth.refresh(
            url=endpoint.url,
            client_id=endpoint.client_id,
            client_secret=endpoint.client_secret,
            scope=endpoint.scope,
            refresh_token=held.refresh_token,
        )
    except oauth.PermanentTokenError as error:
        log.warning("no access token", mailbox=which.name, problem=error.code)
        token_store.note_problem(which, REFUSED)
        raise PermanentMailboxError(
            "no access token: the provider refuses the refresh token", code=REFUSED, step=SIGN_IN
        ) from None
    except oauth.TemporaryTokenError:
        token_store.note_problem(which, UNREACHABLE)
        raise TemporaryMailboxError(
            "no access token: the provider cannot be reached", code=UNREACHABLE, step=SIGN_IN
        ) from None
    token_store.note_granted(which, granted)
    return granted.access_token


def _wait_for_the_other(which: MailboxSettings) -> str:
    """Another process refreshes at this moment."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        time.sleep(_PAUSE)
        held = token_store.look(which)
        if held.access_token:
            return held.access_token
        if token_store.lease(which):
            return _refresh(which, token_store.look(which))
    raise TemporaryMailboxError(
        "no access token: another process asks for it", code=UNREACHABLE, step=SIGN_IN
    )
