"""The intake's loop: visit, wait for mail, visit again; step back when something outside is down."""

from __future__ import annotations

import random
from threading import Event

import psycopg
import structlog
from flask import current_app
from sqlalchemy.exc import DBAPIError

from app.gateways import gateways
from app.gateways.mailbox import Mailbox, PermanentMailboxError, TemporaryMailboxError
from app.gateways.store import TemporaryStoreError
from app.intake import ledger
from app.intake.one_at_a_time import MailboxLock
from app.intake.receive import Reception
from app.kernel.database import db

log = structlog.get_logger("desk")

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 120.0
STANDBY_SECONDS = 5.0
_PASSING = (TemporaryMailboxError, TemporaryStoreError, DBAPIError, psycopg.OperationalError)


class Intake:
    """Takes in the support mailbox until told to stop."""

    def __init__(self, stop: Event) -> None:
        self._settings = current_app.extensions["desk_settings"]
        self._stop = stop
        self._name = ledger.mailbox_name()
        self._reception = Reception(self._name, max_bytes=self._settings.mail_max_bytes)
        self._pause = FIRST_PAUSE

    def once(self) -> int:
        """One visit; how many messages were taken in, 0 while another process has the mailbox. Errors get through."""
        with MailboxLock(self._name) as lock:
            if not lock.held():
                return 0
            with gateways().open_mailbox() as mailbox:
                return self._reception.visit(mailbox)

    def forever(self) -> None:
        """Visit and wait, in turn, until `stop` is set. What goes wrong outside is noted, shown, and tried again."""
        while not self._stop.is_set():
            try:
                self._session()
            except PermanentMailboxError as error:
                # Kept trying, rarely: a password is mended on the other side as often as on ours.
                self._pause = LONGEST_PAUSE
                self._step_back(str(error))
            except _PASSING as error:
                ours = isinstance(error, TemporaryMailboxError)
                self._step_back(str(error) if ours else type(error).__name__)

    def _session(self) -> None:
        """One connection to the mail server, as long as it holds."""
        with MailboxLock(self._name) as lock:
            if not lock.held():
                # Another process does the work; this one is there should it go away.
                self._stop.wait(STANDBY_SECONDS)
                return
            with gateways().open_mailbox() as mailbox:
                while not self._stop.is_set() and lock.held():
                    self._visit(mailbox)
                    mailbox.wait(self._settings.intake_poll_seconds, self._stop)

    def _visit(self, mailbox: Mailbox) -> None:
        taken = self._reception.visit(mailbox)
        self._pause = FIRST_PAUSE
        if taken:
            log.info("mail taken in", messages=taken)

    def _step_back(self, problem: str) -> None:
        log.warning("mailbox cannot be visited", problem=problem)
        try:
            ledger.note_problem(self._name, problem)
        except DBAPIError:
            log.warning("the database is away too")
        finally:
            db.session.remove()
        # Jitter, so that several processes do not come back at the same moment.
        self._stop.wait(self._pause * random.uniform(0.5, 1.5))  # noqa: S311  Nothing secret hangs on it.
        self._pause = min(LONGEST_PAUSE, self._pause * 2)
