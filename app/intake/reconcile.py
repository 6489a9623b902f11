"""Compare each mailbox with the ledger: what lies on the server and is not in it at two counts running is missing.

A connection of its own, not the intake's: a stopped intake, or one that believes itself well, is found out too.
"""

from __future__ import annotations

import structlog

from app.gateways.mailbox import MailboxError
from app.intake import ledger
from app.intake.connect import connected
from app.intake.models import MailboxState
from app.kernel.database import db, use_case
from config import MailboxSettings

log = structlog.get_logger("desk")

# More numbers than this are not kept: that many missing messages are one alarm, whatever their numbers.
MOST_KEPT = 1_000
TIMEOUT = 20.0


def reconcile(which: MailboxSettings) -> int | None:
    """Count one mailbox; how many messages are missing, None when it cannot be looked into. Changes nothing in it.

    What was deleted or moved by hand is in the ledger and not on the server: that is nobody's loss.
    """
    try:
        with connected(which, readonly=True, timeout=TIMEOUT) as mailbox:
            there, validity = mailbox.uids_after(0), mailbox.uid_validity
    except MailboxError as error:
        log.warning("mailbox cannot be counted", mailbox=which.name, problem=error.code)
        return None
    return compare(which.ledger_name, validity, there)


@use_case
def compare(mailbox: str, uid_validity: int, there: list[int]) -> int:
    """Note what is on the server and not in the ledger; how many of it the last count had found already."""
    known = ledger.known_uids(mailbox, uid_validity)
    unmatched = [uid for uid in there if uid not in known]
    state = db.session.query(MailboxState).filter_by(mailbox=mailbox).one_or_none()
    before = set(state.unmatched) if state else set()
    missing = sum(uid in before for uid in unmatched)
    ledger.note_counts(
        mailbox,
        server_count=len(there),
        known_count=len(there) - len(unmatched),
        unmatched=unmatched[:MOST_KEPT],
        missing=missing,
    )
    return missing
