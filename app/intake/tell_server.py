r"""After filing: the mail server is told, as its mailbox's settings say, that a message is dealt with.

Never before the filing is committed, and nothing of ours goes by it: a refusal is harmless and tried again later. What
was moved keeps its place in the ledger, and its new number is in a folder that nobody reads, so it never comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

import structlog
from sqlalchemy import select, update

from app.gateways.mailbox import Mailbox, MailboxError
from app.intake import ledger
from app.intake.lifecycle import FILED
from app.intake.models import ReceivedMail
from app.kernel.clock import now
from app.kernel.database import db, use_case
from config import MailboxSettings

log = structlog.get_logger("desk")

AT_ONCE = 500
_FIRST_PAUSE, _LONGEST_PAUSE = 30.0, 1800.0


class Telling:
    """Tells the server of one mailbox what was filed since it was told last."""

    def __init__(self, which: MailboxSettings) -> None:
        self._which = which
        self._not_before = 0.0
        self._pause = _FIRST_PAUSE

    def tell(self, mailbox: Mailbox) -> None:
        """Tell it now, unless it refused a short while ago. Never raises what the server does: the next visit finds out."""
        if monotonic() < self._not_before:
            return
        name, validity = self._which.ledger_name, mailbox.uid_validity
        while uids := untold(name, validity):
            try:
                self._act(mailbox, uids)
            except MailboxError as error:
                self._refused(error)
                return
            note_told(name, validity, uids)
            self._pause = _FIRST_PAUSE

    def _act(self, mailbox: Mailbox, uids: Sequence[int]) -> None:
        after = self._which.after
        if after.what == "seen":
            mailbox.mark_seen(uids)
        elif after.what == "keyword":
            mailbox.flag(uids, after.where)
        elif after.what == "move":
            mailbox.move(uids, after.where)

    def _refused(self, error: MailboxError) -> None:
        log.warning("filed mail is not marked", mailbox=self._which.name, problem=error.code)
        ledger.note_told_problem(self._which.ledger_name, error.code)
        db.session.remove()
        self._not_before = monotonic() + self._pause
        self._pause = min(_LONGEST_PAUSE, self._pause * 2)


def untold(mailbox: str, uid_validity: int) -> list[int]:
    """Numbers of filed messages of which the server does not know yet; no connection is held when this returns."""
    found = db.session.scalars(
        select(ReceivedMail.uid)
        .where(
            ReceivedMail.mailbox == mailbox,
            ReceivedMail.uid_validity == uid_validity,
            ReceivedMail.status == FILED,
            ReceivedMail.told_at.is_(None),
        )
        .order_by(ReceivedMail.id)
        .limit(AT_ONCE)
    ).all()
    db.session.remove()
    return list(found)


@use_case
def note_told(mailbox: str, uid_validity: int, uids: Sequence[int]) -> None:
    """The server knows."""
    db.session.execute(
        update(ReceivedMail)
        .where(
            ReceivedMail.mailbox == mailbox,
            ReceivedMail.uid_validity == uid_validity,
            ReceivedMail.uid.in_(uids),
        )
        .values(told_at=now())
    )
    ledger.note_told_problem(mailbox, None)
