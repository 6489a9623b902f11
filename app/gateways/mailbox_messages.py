"""What a mailbox hands out: a message, or the reason why not; and how many are asked for at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

_BATCH_MESSAGES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A message as the server has it; `internal_date` (aware UTC) is when it arrived there, if known."""

    uid: int
    raw: bytes = field(repr=False)
    internal_date: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfetchable:
    """A message that the server did not give, and why: "gone" (deleted meanwhile) or "refused" or "garbled"."""

    uid: int
    reason: str


def fetched(uid: int, answer: dict[bytes, Any]) -> Fetched | Unfetchable:
    raw = answer.get(b"BODY[]")
    if not isinstance(raw, bytes):
        return Unfetchable(uid=uid, reason="garbled" if b"BODY[]" in answer else "gone")
    when = answer.get(b"INTERNALDATE")
    internal = when.astimezone(UTC) if isinstance(when, datetime) else None
    return Fetched(uid=uid, raw=raw, internal_date=internal)


def batches(uids: Sequence[int], sizes: dict[int, int], most: int) -> Iterator[list[int]]:
    """Runs of numbers whose sizes stay within `most` bytes together; a larger message goes alone."""
    batch: list[int] = []
    used = 0
    for uid in uids:
        size = sizes.get(uid, 0)
        if batch and (used + size > most or len(batch) >= _BATCH_MESSAGES):
            yield batch
            batch, used = [], 0
        batch.append(uid)
        used += size
    if batch:
        yield batch
