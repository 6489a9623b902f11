"""The ledger of messages taken in, and the state of a mailbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.gateways.vault import INTAKE_OWNER, SealedFile
from app.intake import problems
from app.intake.jobs import file_received, tell_too_large
from app.intake.lifecycle import QUARANTINED, RECEIVED
from app.intake.models import MailboxState, ReceivedMail
from app.kernel.clock import now
from app.kernel.database import db, use_case
from app.vault.keep import enter_all


@dataclass(frozen=True, kw_only=True)
class Taken:
    """One message in our hands: already in the vault, or the reason why not. `size` in bytes as the server says.

    `sealed` and `problem` together mean that only a part of it is in the vault.
    """

    uid: int
    size: int
    arrived_at: datetime | None = None
    sealed: SealedFile | None = None
    problem: str | None = None


def highest_uid(mailbox: str, uid_validity: int) -> int:
    """The highest number in the ledger, 0 for none."""
    mine = (ReceivedMail.mailbox == mailbox, ReceivedMail.uid_validity == uid_validity)
    return int(db.session.scalar(select(func.max(ReceivedMail.uid)).where(*mine)) or 0)


def known_uids(mailbox: str, uid_validity: int) -> set[int]:
    """Every number in the ledger."""
    mine = (ReceivedMail.mailbox == mailbox, ReceivedMail.uid_validity == uid_validity)
    return set(db.session.scalars(select(ReceivedMail.uid).where(*mine)))


@use_case
def enter_batch(mailbox: str, uid_validity: int, batch: Sequence[Taken]) -> None:
    """Commit a batch: each message's row, its file's row and the job that files it, or its quarantine and the letter of that.

    A number that is in the ledger already is left alone, should two processes ever hold the mailbox at once.
    """
    entered = _enter(mailbox, uid_validity, batch)
    to_file = [entered[one.uid] for one in batch if one.problem is None and one.uid in entered]
    file_received.defer_all([{"received_id": received_id} for received_id in to_file])
    for one in batch:
        if one.problem == problems.TOO_LARGE and one.uid in entered:
            tell_too_large.defer(received_id=entered[one.uid])
    _note(mailbox, last_mail_at=now())


def _enter(mailbox: str, uid_validity: int, batch: Sequence[Taken]) -> dict[int, int]:
    """Add the rows in two statements, however many; the ids of the messages that were not there yet, by number."""
    sealed = {one.uid: one.sealed for one in batch if one.sealed}
    files = dict(zip(sealed, enter_all(INTAKE_OWNER, list(sealed.values())), strict=True))
    rows = [
        {
            "mailbox": mailbox,
            "uid_validity": uid_validity,
            "uid": one.uid,
            "size": one.size,
            "arrived_at": one.arrived_at,
            "status": QUARANTINED if one.problem else RECEIVED,
            "problem": one.problem,
            "raw_file_id": files.get(one.uid),
        }
        for one in batch
    ]
    entered = db.session.execute(
        insert(ReceivedMail)
        .on_conflict_do_nothing(index_elements=["mailbox", "uid_validity", "uid"])
        .returning(ReceivedMail.uid, ReceivedMail.id),
        rows,
    )
    return {one.uid: one.id for one in entered}


@use_case
def note_success(mailbox: str) -> None:
    """The mailbox was visited and nothing is left in it that we do not have."""
    _note(mailbox, last_success_at=now(), problem=None, problem_since=None)


@use_case
def note_problem(mailbox: str, problem: str) -> None:
    """The mailbox cannot be visited; `problem` is a code of mailbox_problems.py."""
    db.session.execute(
        insert(MailboxState)
        .values(mailbox=mailbox, problem=problem, problem_since=now())
        .on_conflict_do_update(
            index_elements=["mailbox"],
            set_={
                "problem": problem,
                "problem_since": func.coalesce(MailboxState.problem_since, now()),
            },
        )
    )


@use_case
def note_told_problem(mailbox: str, problem: str | None) -> None:
    """The server does not take what it is told of filed mail, or takes it again."""
    _note(mailbox, told_problem=problem)


@use_case
def note_counts(
    mailbox: str, *, server_count: int, known_count: int, unmatched: list[int], missing: int
) -> None:
    """What a count of the mailbox found: messages there, those of them in the ledger, and numbers of the others."""
    _note(
        mailbox,
        counted_at=now(),
        server_count=server_count,
        known_count=known_count,
        unmatched=unmatched,
        missing=missing,
    )


def _note(mailbox: str, **values: object) -> None:
    db.session.execute(
        insert(MailboxState)
        .values(mailbox=mailbox, **values)
        .on_conflict_do_update(index_elements=["mailbox"], set_=values)
    )
