"""Merge two dossiers of one person, who wrote from two addresses. It cannot be undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import exists, select, update

from app.accounts.models import Account, Person
from app.audit.record import record
from app.conversations.models import Conversation
from app.documents import decide
from app.documents import lifecycle as document_lifecycle
from app.documents.models import Document
from app.documents.move import hand_document_over, hand_files_over
from app.dossiers import lifecycle
from app.dossiers.applicant import LABELS
from app.dossiers.checklist import LABELS as CHECKLIST
from app.dossiers.edit import FIELDS, edit_applicant
from app.dossiers.evidence import touch
from app.dossiers.makers import add_maker, copy_makers
from app.dossiers.models import Dossier, Note
from app.dossiers.move import hold_dossiers, settle
from app.dossiers.notes import add_note
from app.kernel.actors import Actor
from app.kernel.database import Model, db, fetch, lock, use_case
from app.kernel.errors import Refused, Stale
from app.kernel.permissions import Permission
from app.letters.models import Letter


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A field in which the two differ: the kept one's value wins unless it is empty; both as text."""

    field: str
    label: Any
    kept: str
    gone: str


@use_case
def merge_dossiers(
    gone_id: int, *, kept_id: int, actor: Actor, unchanged: Callable[[], bool] | None = None
) -> Dossier:
    """Put everything of one dossier into another of the same person; the kept one.

    Documents, conversations, notes and letters go over; the same file is kept once; decisions on what goes over fall; where
    both have a value the kept one's stands, and a note lists the others. Makers of both are makers of the kept one.
    `unchanged` is asked with both held, whether they still are what somebody was shown: else Stale.
    Raises Refused with what to do first (see `why_not_merge`), ApproverCannotMake.
    """
    actor.must(Permission.DOSSIERS_REVIEW)
    actor.must(Permission.CONVERSATIONS_WRITE)
    gone, kept = _hold(gone_id, kept_id)
    if unchanged is not None and not unchanged():
        raise Stale
    if problem := why_not_merge(gone, kept):
        raise Refused(problem)
    differences = differences_of(gone, kept)
    _join(gone, kept, actor=actor)
    _documents_over(gone, kept, actor)
    _fill(kept, gone, actor)
    add_note(kept.id, text=_note(gone, differences), actor=actor)
    _end(gone, kept, actor)
    settle([kept.id], actor=actor)
    return kept


@use_case
def close_emptied(dossier_id: int, *, heir_id: int, actor: Actor) -> None:
    """End a dossier whose papers all were other people's: its reference leads to one that got them.

    Its address was its sender's, who is no applicant, so it leads nowhere any more.
    """
    emptied, heir = _hold(dossier_id, heir_id)
    if problem := why_not_merge(emptied, heir):
        raise Refused(problem)
    emptied.email, emptied.phone = "", None
    _join(emptied, heir, actor=actor)
    for document in _documents(emptied.id):
        hand_files_over(document, heir.person.key_owner)
    _end(emptied, heir, actor)


def why_not_merge(gone: Dossier, kept: Dossier) -> str | None:
    """Why the one cannot go into the other, and what to do first; None when it can."""
    if gone.id == kept.id:
        return _("This is one and the same dossier.")
    return _why_not_kept(kept) or _why_not_gone(gone)


def differences_of(gone: Dossier, kept: Dossier) -> list[Difference]:
    """Applicant's data in which the two differ, the address included, where the one that goes has a value."""
    labels = {"email": CHECKLIST["email"], **LABELS}
    rows = [
        Difference(field=name, label=label, kept=_text(kept, name), gone=_text(gone, name))
        for name, label in labels.items()
    ]
    return [row for row in rows if row.gone and row.gone != row.kept]


def doubles_of(gone: Dossier, kept: Dossier) -> set[int]:
    """Ids of documents of the one that goes whose very file counts in the kept one."""
    there = {one.file.sha256 for one in kept.documents if one.status in document_lifecycle.ACTIVE}
    return {
        one.id
        for one in gone.documents
        if one.status in document_lifecycle.ACTIVE and one.file.sha256 in there
    }


def _hold(gone_id: int, kept_id: int) -> tuple[Dossier, Dossier]:
    """Both dossiers held, their people and conversations before them."""
    people = {fetch(Dossier, one).person_id for one in (gone_id, kept_id)}
    for person_id in sorted(people):
        lock(Person, person_id)
    talks = select(Conversation.id).where(Conversation.dossier_id == gone_id).order_by(Conversation.id)
    for conversation_id in db.session.scalars(talks).all():
        lock(Conversation, conversation_id)
    held = hold_dossiers([gone_id, kept_id])
    db.session.expire(held[gone_id], ["documents"])
    db.session.expire(held[kept_id], ["documents"])
    return held[gone_id], held[kept_id]


def _why_not_kept(kept: Dossier) -> str | None:
    if kept.status == lifecycle.HELD:
        return _("%(reference)s is held. A supervisor releases it first.", reference=kept.reference)
    if kept.status not in lifecycle.BEFORE_APPROVAL:
        return _(
            "%(reference)s is closed or decided on (%(state)s), so nothing is put into it.",
            reference=kept.reference,
            state=lifecycle.LABELS[kept.status],
        )
    return None


def _why_not_gone(gone: Dossier) -> str | None:
    reference = gone.reference
    if gone.status == lifecycle.CALL_BOOKED:
        return _(
            "%(reference)s has a call booked. Cancel that call first, or keep this dossier and merge the other into it.",
            reference=reference,
        )
    if gone.status == lifecycle.AWAITING_APPROVAL:
        return _(
            "%(reference)s waits for a supervisor's decision. Have it sent back first, or keep this dossier.",
            reference=reference,
        )
    if gone.status == lifecycle.HELD:
        return _("%(reference)s is held. A supervisor releases it first.", reference=reference)
    if gone.status not in lifecycle.TRANSITIONS["merge"].was or _has(Account.__tablename__, gone.id):
        return _("%(reference)s has been decided on, so it stays as it is.", reference=reference)
    if _has("call", gone.id, status="confirmed"):
        return _(
            "In a call of %(reference)s the identity was confirmed. Keep this dossier and merge the other into it.",
            reference=reference,
        )
    return None


def _has(table: str, dossier_id: int, **values: str) -> bool:
    """Whether a dossier has such a row. Calls are a higher feature, so their table is read by its name."""
    columns = Model.metadata.tables[table].c
    wanted = [columns.dossier_id == dossier_id, *(columns[name] == value for name, value in values.items())]
    return bool(db.session.scalar(select(exists().where(*wanted))))


def _join(gone: Dossier, kept: Dossier, *, actor: Actor) -> None:
    """Makers, conversations, notes and letters of the one belong to the other; what was evidence is not approved."""
    add_maker(kept.id, actor=actor, part="editor")
    copy_makers(gone.id, kept.id)
    touch(kept, actor=actor)
    for table in (Conversation, Note, Letter):
        db.session.execute(update(table).where(table.dossier_id == gone.id).values(dossier_id=kept.id))
    # Whatever was merged into it before leads on, in one step.
    db.session.execute(
        update(Dossier).where(Dossier.merged_into_id == gone.id).values(merged_into_id=kept.id)
    )


def _documents_over(gone: Dossier, kept: Dossier, actor: Actor) -> None:
    """A double stays, withdrawn; what counts goes over undecided; what was refused or withdrawn goes over as it is."""
    doubles = doubles_of(gone, kept)
    reason = _("Merged from %(reference)s", reference=gone.reference)
    for document in _documents(gone.id):
        if document.id in doubles:
            decide.withdraw(document.id, reason=_("The same file is kept once."), actor=actor)
            hand_files_over(document, kept.person.key_owner)
            continue
        decided = document.status not in document_lifecycle.ACTIVE
        hand_document_over(
            document.id, to_dossier_id=kept.id, actor=actor, reason=reason, keep_decision=decided
        )
    db.session.expire(kept, ["documents"])


def _fill(kept: Dossier, gone: Dossier, actor: Actor) -> None:
    """What the kept one does not know it takes from the other."""
    values = {name: getattr(gone, name) for name in FIELDS if getattr(gone, name) and not getattr(kept, name)}
    if values:
        edit_applicant(kept.id, values=values, actor=actor)


def _note(gone: Dossier, differences: list[Difference]) -> str:
    lines = [_("Merged with %(reference)s.", reference=gone.reference)]
    for one in differences:
        if one.kept:
            lines.append(
                _(
                    "%(field)s: kept %(kept)s, the other had %(gone)s",
                    field=one.label,
                    kept=one.kept,
                    gone=one.gone,
                )
            )
        else:
            lines.append(_("%(field)s: taken over, %(gone)s", field=one.label, gone=one.gone))
    return "\n".join(lines)


def _end(gone: Dossier, kept: Dossier, actor: Actor) -> None:
    lifecycle.change(gone.id, "merge", actor=actor, merged_into_id=kept.id)
    details = {"reference": gone.reference}
    record("dossier.take_in", actor=actor, subject=gone, dossier_id=kept.id, details=details)


def _text(dossier: Dossier, name: str) -> str:
    value = getattr(dossier, name)
    return "" if value is None else str(value)


def _documents(dossier_id: int) -> list[Document]:
    return list(
        db.session.scalars(select(Document).where(Document.dossier_id == dossier_id).order_by(Document.id))
    )
