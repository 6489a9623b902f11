"""One mailbox's loop: visit, wait for mail, visit again; step back when something outside is down."""

from __future__ import annotations

import random
from threading import Event
from time import monotonic

import psycopg
import structlog
from flask import current_app
from sqlalchemy.exc import DBAPIError

from app.gateways.mailbox import Mailbox, PermanentMailboxError, TemporaryMailboxError
from app.gateways.store import TemporaryStoreError
from app.intake import ledger, mailbox_problems
from app.intake.connect import connected
from app.intake.one_at_a_time import MailboxLock
from app.intake.receive import Reception
from app.intake.tell_server import Telling
from app.kernel.database import db
from app.kernel.web import log_error
from config import MailboxSettings

log = structlog.get_logger("desk")

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 120.0
STANDBY_SECONDS = 5.0
# A fresh connection now and then: it learns of a folder that was made anew, and takes the access token of the day.
LONGEST_SESSION = 1800.0
_PASSING = (TemporaryMailboxError, TemporaryStoreError, DBAPIError, psycopg.OperationalError)


class Watch:
    """Takes in one mailbox until told to stop. Whatever goes wrong with it stays with it."""

    def __init__(self, which: MailboxSettings, stop: Event) -> None:
        self._settings = current_app.extensions["desk_settings"]
        self._which, self._stop = which, stop
        self._reception = Reception(which.ledger_name, max_bytes=self._settings.mail_max_bytes)
        self._telling = Telling(which)
        self._pause = FIRST_PAUSE

    def once(self) -> int:
        """One visit; how many messages were taken in, 0 while another process has the mailbox. Errors get through."""
        with MailboxLock(self._which.ledger_name) as lock:
            if not lock.held():
                return 0
            with connected(self._which) as mailbox:
                return self._visit(mailbox)

    def forever(self) -> None:
        """Visit and wait, in turn, until `stop` is set. What goes wrong is noted, shown, and tried again."""
        while not self._stop.is_set():
            try:
                self._session()
            except PermanentMailboxError as error:
                # Kept trying, rarely: a password is mended on the other side as often as on ours.
                self._pause = LONGEST_PAUSE
                self._step_back(error)
            except _PASSING as error:
                self._step_back(error)
            except Exception as error:  # noqa: BLE001  # An error of ours in one mailbox must not end the others.
                log_error("mailbox visit failed", error, mailbox=self._which.name)
                self._step_back(error)

    def _session(self) -> None:
        """One connection to the mail server, as long as it holds."""
        with MailboxLock(self._which.ledger_name) as lock:
            if not lock.held():
                # Another process does the work; this one is there should it go away.
                self._stop.wait(STANDBY_SECONDS)
                return
            with connected(self._which) as mailbox:
                until = monotonic() + LONGEST_SESSION
                while not self._stop.is_set() and monotonic() < until and lock.held():
                    self._visit(mailbox)
                    mailbox.wait(self._settings.intake_poll_seconds, self._stop)

    def _visit(self, mailbox: Mailbox) -> int:
        taken = self._reception.visit(mailbox)
        self._pause = FIRST_PAUSE
        if taken:
            log.info("mail taken in", mailbox=self._which.name, messages=taken)
        self._telling.tell(mailbox)
        return taken

    def _step_back(self, error: Exception) -> None:
        problem = mailbox_problems.code_of(error)
        log.warning("mailbox cannot be visited", mailbox=self._which.name, problem=problem)
        try:
            ledger.note_problem(self._which.ledger_name, problem)
        except DBAPIError:
            log.warning("the database is away too")
        finally:
            db.session.remove()
        # Jitter, so that several processes do not come back at the same moment.
        self._stop.wait(self._pause * random.uniform(0.5, 1.5))  # noqa: S311  Nothing secret hangs on it.
        self._pause = min(LONGEST_PAUSE, self._pause * 2)
