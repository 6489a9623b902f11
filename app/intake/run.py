"""The intake: every mailbox at once, each in a thread of its own."""

from __future__ import annotations

from threading import Event, Thread
from time import monotonic, sleep

from flask import Flask, current_app

from app.gateways.mailbox import MailboxError
from app.intake.watch import Watch
from config import MailboxSettings

# Service managers kill what does not end; a mail server may take half a minute for an answer.
LAST_SECONDS = 5.0


class Intake:
    """Takes in all mailboxes that the settings name until told to stop. Any number of processes may do so: each mailbox
    is visited by the one that holds its lock.
    """

    def __init__(self, stop: Event) -> None:
        self._stop = stop
        self._mailboxes: tuple[MailboxSettings, ...] = current_app.extensions["desk_settings"].mailboxes

    def once(self) -> tuple[int, dict[str, MailboxError]]:
        """One visit of each; how many messages were taken in, and which mailboxes could not be visited."""
        taken, errors = 0, {}
        for which in self._mailboxes:
            try:
                taken += Watch(which, self._stop).once()
            except MailboxError as error:
                errors[which.name] = error
        return taken, errors

    def forever(self) -> None:
        """Until `stop` is set; a mailbox whose server says nothing just then is left in the middle, which harms nothing."""
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # the app behind Flask's proxy
        threads = [
            Thread(target=_watch, args=(app, which, self._stop), name=f"mailbox {which.name}", daemon=True)
            for which in self._mailboxes
        ]
        for thread in threads:
            thread.start()
        # Not by waiting for the event: the signal's handler sets it in this very thread.
        while not self._stop.is_set() and any(thread.is_alive() for thread in threads):
            sleep(0.2)
        until = monotonic() + LAST_SECONDS
        for thread in threads:
            thread.join(max(0.0, until - monotonic()))


def _watch(app: Flask, which: MailboxSettings, stop: Event) -> None:
    with app.app_context():
        Watch(which, stop).forever()
