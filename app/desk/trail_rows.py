"""Entries of the trail for its page: newest first, by keyset, filtered by ids, dates and the verb's family only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVarTuple, cast

from flask import url_for
from flask_babel import lazy_gettext
from sqlalchemy import Row, Select, select

from app.audit.models import TrailDetail, TrailEntry, TrailSeal
from app.desk.trail_words import actor_label, verb_label
from app.dossiers.models import Dossier
from app.kernel.clock import JAKARTA
from app.kernel.database import db
from app.kernel.locale import moment
from app.staff.models import StaffMember

PAGE = 50
LONGEST_MORE = 2000
# What an entry is about, by its table; another one is shown by the table's name.
SUBJECTS: dict[str, Any] = {
    "account": lazy_gettext("account"),
    "approval_request": lazy_gettext("approval request"),
    "call": lazy_gettext("call"),
    "certificate": lazy_gettext("certificate"),
    "conversation": lazy_gettext("conversation"),
    "document": lazy_gettext("document"),
    "dossier": lazy_gettext("dossier"),
    "key_request": lazy_gettext("key request"),
    "letter": lazy_gettext("letter"),
    "message": lazy_gettext("message"),
    "note": lazy_gettext("note"),
}


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What is looked for; everything None finds all. Days are Jakarta's, both included."""

    family: str | None = None
    dossier_id: int | None = None
    staff_id: int | None = None
    since: date | None = None
    until: date | None = None

    def arguments(self) -> dict[str, Any]:
        """The filter as the address of its page has it: ids, a word, days."""
        values = {
            "family": self.family,
            "dossier": self.dossier_id,
            "staff": self.staff_id,
            "since": self.since,
            "until": self.until,
        }
        return {key: str(value) for key, value in values.items() if value}


# What an outer join leaves out is None; SQLAlchemy's types do not say so.
Found = Row[TrailEntry, TrailSeal | None, TrailDetail | None, str | None, str | None]
Columns = TypeVarTuple("Columns")


def entries(wanted: Filter, *, before: int | None) -> Sequence[Found]:
    """Up to PAGE + 1 entries with seal, detail, staff member's name and dossier's reference, older than the id `before`."""
    statement = (
        select(TrailEntry, TrailSeal, TrailDetail, StaffMember.name, Dossier.reference)
        .outerjoin(TrailSeal, TrailSeal.entry_id == TrailEntry.id)
        .outerjoin(TrailDetail, TrailDetail.entry_id == TrailEntry.id)
        .outerjoin(StaffMember, (StaffMember.id == TrailEntry.actor_id) & (TrailEntry.actor_kind == "staff"))
        .outerjoin(Dossier, Dossier.id == TrailEntry.dossier_id)
        .order_by(TrailEntry.id.desc())
        .limit(PAGE + 1)
    )
    if before is not None:
        statement = statement.where(TrailEntry.id < before)
    return cast("Sequence[Found]", db.session.execute(_narrowed(statement, wanted)).all())


def _narrowed(statement: Select[*Columns], wanted: Filter) -> Select[*Columns]:
    if wanted.family:
        statement = statement.where(TrailEntry.verb.startswith(f"{wanted.family}.", autoescape=True))
    if wanted.dossier_id:
        statement = statement.where(TrailEntry.dossier_id == wanted.dossier_id)
    if wanted.staff_id:
        statement = statement.where(TrailEntry.actor_kind == "staff", TrailEntry.actor_id == wanted.staff_id)
    if wanted.since:
        statement = statement.where(TrailEntry.at >= _midnight(wanted.since))
    if wanted.until:
        statement = statement.where(TrailEntry.at < _midnight(wanted.until + timedelta(days=1)))
    return statement


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time(), JAKARTA)


def row_of(found: Found) -> dict[str, Any]:
    """One entry as the template wants it."""
    entry, seal, detail, staff_name, reference = found
    content = dict(detail.content) if detail else {}
    return {
        "number": entry.id,
        "at_label": moment(entry.at),
        "actor": actor_label(entry.actor_kind, staff_name),
        "verb": entry.verb,
        "verb_label": verb_label(entry.verb),
        "subject": _subject(entry),
        "dossier": {"reference": reference, "url": url_for("workbench.show", reference=reference)}
        if reference
        else None,
        "reason": content.pop("reason", ""),
        "more": json.dumps(content, indent=2, ensure_ascii=False)[:LONGEST_MORE] if content else "",
        "erased": detail is None and entry.detail_digest is not None,
        "sealed": seal is not None,
        "seal_number": seal.id if seal else None,
        "digest": bytes(seal.digest).hex() if seal else "",
    }


def _subject(entry: TrailEntry) -> str:
    """What the entry is about, when it is no dossier: a colleague by name, anything else by its table and number."""
    member = (
        db.session.get(StaffMember, entry.subject_id)
        if entry.subject_type == StaffMember.__tablename__
        else None
    )
    if member:
        return member.name
    thing = SUBJECTS.get(entry.subject_type, entry.subject_type)
    return f"{thing} {entry.subject_id}"
