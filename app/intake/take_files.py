"""Take messages out of files into the ledger, each once however often it is tried."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select, tuple_, update

from app.audit.record import record
from app.gateways import gateways
from app.gateways.vault import INTAKE_OWNER
from app.intake import ledger
from app.intake.ledger import Taken
from app.intake.mail_files import FileMail
from app.intake.models import MailboxState, ReceivedMail
from app.kernel.actors import SYSTEM
from app.kernel.database import db, use_case

IMPORT = "import"
BATCH_MESSAGES, BATCH_BYTES = 50, 8_000_000
# How many refusals are named one by one; all are counted.
MOST_NAMED = 20
Number = tuple[int, int]
_PLACE = tuple_(ReceivedMail.uid_validity, ReceivedMail.uid)


@dataclass
class Summary:
    """What became of the messages: how many are new, how many were there, and which were refused, and why."""

    taken: int = 0
    known: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    named: list[tuple[str, str]] = field(default_factory=list)

    def refuse(self, mail: FileMail) -> None:
        """Count a refusal."""
        problem = mail.problem or ""
        self.refused[problem] += 1
        if len(self.named) < MOST_NAMED:
            self.named.append((mail.where, problem))


def number_of(raw: bytes) -> Number:
    """What the ledger knows a file's message by, in place of a server's numbers: 126 bits of its SHA-256."""
    digest = hashlib.sha256(raw).digest()
    return int.from_bytes(digest[:8]) >> 1, int.from_bytes(digest[8:16]) >> 1


def take_files(
    mails: Iterable[FileMail], summary: Summary, *, silent: bool, progress: Callable[[int], object]
) -> None:
    """Take in what is new, in batches, each committed: broken off and begun again it goes on where it was.

    With `silent` nobody gets a letter because of it. `progress` is told the octets of the files as they are done with.
    """
    for batch in _batches(mails):
        good = {number_of(one.raw): one for one in batch if one.problem is None}
        for one in batch:
            if one.problem is not None:
                summary.refuse(one)
        known = _known(list(good))
        fresh = {number: one.raw for number, one in good.items() if number not in known}
        sealed = [(number, _sealed(number, raw)) for number, raw in fresh.items()]
        _enter(sealed, silent=silent)
        db.session.remove()
        summary.taken += len(fresh)
        summary.known += sum(one.problem is None for one in batch) - len(fresh)
        progress(sum(one.read for one in batch))


def _batches(mails: Iterable[FileMail]) -> Iterator[list[FileMail]]:
    batch: list[FileMail] = []
    size = 0
    for one in mails:
        batch.append(one)
        size += len(one.raw)
        if len(batch) >= BATCH_MESSAGES or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


@use_case
def _known(numbers: Sequence[Number]) -> set[Number]:
    if not numbers:
        return set()
    found = db.session.execute(
        select(ReceivedMail.uid_validity, ReceivedMail.uid).where(
            ReceivedMail.mailbox == IMPORT, _PLACE.in_(numbers)
        )
    )
    return {(validity, uid) for validity, uid in found}


def _sealed(number: Number, raw: bytes) -> Taken:
    sealed = gateways().vault.seal(INTAKE_OWNER, raw)
    return Taken(uid=number[1], size=len(raw), sealed=sealed)


@use_case
def _enter(fresh: Sequence[tuple[Number, Taken]], *, silent: bool) -> None:
    for (validity, _uid), taken in fresh:
        ledger.enter_batch(IMPORT, validity, [taken])
    if fresh and silent:
        numbers = [number for number, _taken in fresh]
        db.session.execute(
            update(ReceivedMail)
            .where(ReceivedMail.mailbox == IMPORT, _PLACE.in_(numbers))
            .values(silent=True)
        )


@use_case
def note_import(summary: Summary) -> None:
    """The trail's entry of an import, by the operator at the shell."""
    state = db.session.query(MailboxState).filter_by(mailbox=IMPORT).one_or_none()
    if state is not None and summary.taken:
        details = {"taken": summary.taken, "known": summary.known, "refused": summary.refused.total()}
        record("mail.import", actor=SYSTEM, subject=state, details=details)
