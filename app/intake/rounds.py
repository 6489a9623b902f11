"""What is done with every mailbox by the clock: count it, keep its tokens fresh."""

from __future__ import annotations

from contextlib import suppress

from flask import current_app

from app.gateways.mailbox import MailboxError
from app.intake.reconcile import reconcile
from app.intake.tokens import access_token
from app.kernel.database import db
from app.kernel.jobs import periodic
from app.kernel.web import log_error


@periodic("intake.reconcile", "*/5 * * * *")
def reconcile_all() -> None:
    """Count every mailbox. Two counts that find the same message missing raise the alarm; one that does not ends it."""
    for which in current_app.extensions["desk_settings"].mailboxes:
        try:
            reconcile(which)
        except Exception as error:  # noqa: BLE001  # The other mailboxes are counted nevertheless.
            log_error("mailbox not counted", error, mailbox=which.name)
        finally:
            db.session.remove()


@periodic("intake.refresh_tokens", "*/5 * * * *")
def refresh_tokens() -> None:
    """Have a fresh access token for each mailbox that needs one, long before the old one ends; a failure is noted there."""
    for which in current_app.extensions["desk_settings"].mailboxes:
        with suppress(MailboxError):
            access_token(which)
