"""Find a changed, removed (at the end too), inserted or reordered row of the trail, and say where."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import cast

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.audit import heads
from app.audit.chain import GENESIS, Head, seal_digest
from app.audit.models import TrailDetail, TrailEntry, TrailPending, TrailSeal
from app.audit.record import detail_digest
from app.kernel.clock import now
from app.kernel.database import db

# A healthy sealer needs seconds; after this an entry outside the chain is a finding, not a delay.
GRACE = timedelta(minutes=5)


@dataclass
class Report:
    """What a verification saw. `problems` are sentences that name the place; empty means that the record holds."""

    sealed: int = 0
    waiting: int = 0
    erased: int = 0
    problems: list[str] = field(default_factory=list)


def verify(folder: Path, seed: bytes) -> Report:
    """Walk the whole chain against its entries, their details, and the signed heads in `folder`."""
    report = Report()
    signed, broken = heads.read(folder, seed)
    report.problems += [_("Line %(n)s of the signed heads is not ours.", n=number) for number in broken]
    _walk(report, {head.number: head for head in signed})
    _ends(report, signed)
    _outside(report)
    return report


def _walk(report: Report, signed: dict[int, Head]) -> None:
    expected, previous = 1, GENESIS
    for seal, entry, detail in _rows():
        if seal.id != expected:
            report.problems.append(
                _("Seals %(first)s to %(last)s were removed.", first=expected, last=seal.id - 1)
            )
        if bytes(seal.previous) != previous:
            report.problems.append(
                _("Seal %(n)s does not follow the one before it: removed, inserted or reordered.", n=seal.id)
            )
        _entry(report, seal, entry, detail)
        head = signed.get(seal.id)
        if head and not hmac.compare_digest(head.digest, bytes(seal.digest)):
            report.problems.append(_("Seal %(n)s is not the one that was signed.", n=seal.id))
        expected, previous = seal.id + 1, bytes(seal.digest)
        report.sealed += 1


def _rows() -> Iterator[tuple[TrailSeal, TrailEntry | None, TrailDetail | None]]:
    statement = (
        select(TrailSeal, TrailEntry, TrailDetail)
        .outerjoin(TrailEntry, TrailEntry.id == TrailSeal.entry_id)
        .outerjoin(TrailDetail, TrailDetail.entry_id == TrailSeal.entry_id)
        .order_by(TrailSeal.id)
        .execution_options(yield_per=1000)
    )
    for row in db.session.execute(statement):
        yield row[0], row[1], row[2]


def _entry(report: Report, seal: TrailSeal, entry: TrailEntry | None, detail: TrailDetail | None) -> None:
    if entry is None:
        report.problems.append(_("Entry %(n)s (seal %(seal)s) was removed.", n=seal.entry_id, seal=seal.id))
        return
    if not hmac.compare_digest(seal_digest(seal.id, bytes(seal.previous), entry), bytes(seal.digest)):
        report.problems.append(_("Entry %(n)s (seal %(seal)s) was changed.", n=entry.id, seal=seal.id))
    if entry.detail_digest is None:
        if detail is not None:
            report.problems.append(
                _("A detail was inserted beside entry %(n)s (seal %(seal)s).", n=entry.id, seal=seal.id)
            )
    elif detail is None:
        report.erased += 1
    elif detail_digest(bytes(detail.salt), detail.content) != bytes(entry.detail_digest):
        report.problems.append(
            _("The detail of entry %(n)s (seal %(seal)s) was changed.", n=entry.id, seal=seal.id)
        )


def _ends(report: Report, signed: list[Head]) -> None:
    newest = db.session.scalar(select(func.max(TrailSeal.id))) or 0
    highest = max((head.number for head in signed), default=0)
    if highest > newest:
        report.problems.append(
            _("Seals %(first)s to %(last)s were removed from the end.", first=newest + 1, last=highest)
        )
    sealed_at = db.session.scalar(select(func.min(TrailSeal.sealed_at)).where(TrailSeal.id > highest))
    if sealed_at and sealed_at < now() - GRACE:
        report.problems.append(
            _("Seals %(first)s to %(last)s are not covered by a signed head.", first=highest + 1, last=newest)
        )


def _outside(report: Report) -> None:
    """Entries that no seal covers: those that wait their turn, and those that somebody slipped in."""
    unsealed = db.session.execute(
        select(TrailEntry.id, TrailEntry.at, TrailPending.id)
        .outerjoin(TrailSeal, TrailSeal.entry_id == TrailEntry.id)
        .outerjoin(TrailPending, TrailPending.entry_id == TrailEntry.id)
        .where(TrailSeal.id.is_(None))
        .order_by(TrailEntry.id)
    )
    for entry_id, at, pending in unsealed:
        if cast("int | None", pending) is None:
            report.problems.append(_("Entry %(n)s was inserted past the sealer.", n=entry_id))
        elif at < now() - GRACE:
            report.problems.append(
                _("Entry %(n)s has waited for its seal too long; is the worker running?", n=entry_id)
            )
        else:
            report.waiting += 1
