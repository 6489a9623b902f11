"""One visit of a mailbox: everything new goes into the vault and the ledger. Telling the server is tell_server.py's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

from app.gateways import gateways
from app.gateways.mailbox import Mailbox, TemporaryMailboxError, Unfetchable
from app.gateways.vault import INTAKE_OWNER, Vault
from app.intake import ledger, problems
from app.intake.ledger import Taken
from app.kernel.database import db

BATCH_MESSAGES = 25
BATCH_BYTES = 8_000_000
# How many messages are asked for before the next ones: bounds what a broken connection makes us fetch again.
ROUND = 500
LOOK_FOR_GAPS_EVERY = 300.0
STRIKES = 3


@dataclass(frozen=True, kw_only=True)
class Found:
    """One message of the mailbox in our memory, or a part of it and the reason why not the whole, or only that."""

    uid: int
    size: int
    arrived_at: datetime | None = None
    content: bytes | None = field(default=None, repr=False)
    problem: str | None = None


class Reception:
    """Takes in one mailbox. Remembers between visits which messages the connection broke over."""

    def __init__(self, name: str, *, max_bytes: int) -> None:
        self._name = name
        self._max_bytes = max_bytes
        self._strikes: Counter[int] = Counter()
        self._looked_for_gaps: float | None = None

    def visit(self, mailbox: Mailbox) -> int:
        """Take in what the ledger lacks; how many messages that were. Raises TemporaryMailboxError.

        Whatever is new is told by our own ledger, never by a flag, a date or a count on the server.
        """
        wanted = self._wanted(mailbox)
        try:
            for start in range(0, len(wanted), ROUND):
                self._take_in(mailbox, wanted[start : start + ROUND])
        except BaseException:
            # Broken off in the middle, there may be gaps below the highest number.
            self._looked_for_gaps = None
            raise
        self._strikes.clear()
        ledger.note_success(self._name)
        db.session.remove()
        return len(wanted)

    def _wanted(self, mailbox: Mailbox) -> list[int]:
        highest = ledger.highest_uid(self._name, mailbox.uid_validity)
        db.session.remove()
        if self._looked_for_gaps and monotonic() - self._looked_for_gaps < LOOK_FOR_GAPS_EVERY:
            return mailbox.uids_after(highest)
        there = mailbox.uids_after(0)
        known = ledger.known_uids(self._name, mailbox.uid_validity)
        db.session.remove()
        self._looked_for_gaps = monotonic()
        return [uid for uid in there if uid not in known]

    def _take_in(self, mailbox: Mailbox, uids: Sequence[int]) -> None:
        found = self._found(mailbox, uids, mailbox.sizes(uids))
        for batch in _sealed(_batches(found)):
            self._commit(mailbox, batch)

    def _found(self, mailbox: Mailbox, uids: Sequence[int], sizes: dict[int, int]) -> Iterator[Found]:
        fetchable = [
            uid for uid in uids if sizes.get(uid, 0) <= self._max_bytes and self._strikes[uid] < STRIKES
        ]
        for uid in sorted(set(uids) - set(fetchable)):
            yield self._left_there(mailbox, uid, sizes.get(uid, 0))
        suspects = [uid for uid in fetchable if self._strikes[uid]]
        yield from self._fetched(mailbox, [uid for uid in fetchable if uid not in suspects], sizes)
        # After the innocent ones, and one at a time: whichever of them breaks the connection is found out.
        for uid in suspects:
            yield from self._fetched(mailbox, [uid], sizes)

    def _fetched(self, mailbox: Mailbox, uids: list[int], sizes: dict[int, int]) -> Iterator[Found]:
        try:
            for one in mailbox.fetch(uids):
                if isinstance(one, Unfetchable):
                    yield Found(uid=one.uid, size=sizes.get(one.uid, 0), problem=one.reason)
                else:
                    yield Found(uid=one.uid, size=len(one.raw), arrived_at=one.internal_date, content=one.raw)
        except TemporaryMailboxError as error:
            self._strikes.update(error.uids)
            raise

    def _left_there(self, mailbox: Mailbox, uid: int, size: int) -> Found:
        """A message that is not fetched: its headers say whose it is, and a person decides."""
        if size <= self._max_bytes:
            return Found(uid=uid, size=size, problem=problems.BREAKS)
        return Found(uid=uid, size=size, content=mailbox.headers(uid), problem=problems.TOO_LARGE)

    def _commit(self, mailbox: Mailbox, batch: list[Taken]) -> None:
        ledger.enter_batch(self._name, mailbox.uid_validity, batch)
        # No connection is held while the server is fetched from: it takes as long as the network likes.
        db.session.remove()


def _batches(found: Iterator[Found]) -> Iterator[list[Found]]:
    batch: list[Found] = []
    try:
        for one in found:
            batch.append(one)
            if len(batch) >= BATCH_MESSAGES or _weight(batch) >= BATCH_BYTES:
                yield batch
                batch = []
    except TemporaryMailboxError:
        # What is in our hands need not be fetched again.
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def _weight(batch: list[Found]) -> int:
    return sum(len(one.content or b"") for one in batch)


def _sealed(batches: Iterator[list[Found]]) -> Iterator[list[Taken]]:
    """Each batch, on the disk, in its order: a thread seals one while the next is fetched. Two are in memory at most."""
    vault = gateways().vault
    with ThreadPoolExecutor(1) as aside:
        at_work: list[Future[list[Taken]]] = []
        try:
            for batch in batches:
                at_work.append(aside.submit(_seal, vault, batch))
                # A single huge message is not kept waiting for company.
                most = 0 if _weight(batch) > 2 * BATCH_BYTES else 1
                del batch
                while len(at_work) > most:
                    yield at_work.pop(0).result()
        except TemporaryMailboxError:
            while at_work:
                yield at_work.pop(0).result()
            raise
        while at_work:
            yield at_work.pop(0).result()


def _seal(vault: Vault, batch: list[Found]) -> list[Taken]:
    """No transaction of this batch is open meanwhile."""
    contents = [one.content for one in batch if one.content is not None]
    sealed = iter(vault.seal_all(INTAKE_OWNER, contents))
    return [
        Taken(
            uid=one.uid,
            size=one.size,
            arrived_at=one.arrived_at,
            sealed=None if one.content is None else next(sealed),
            problem=one.problem,
        )
        for one in batch
    ]
