"""What a page has seen. Every form of the workbench carries a version of it, and nothing is done on what has changed since.

Which version depends on what the act is about: deciding on a passport is not disturbed by a KITAS that arrives meanwhile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import TypeVar

from flask_babel import gettext
from sqlalchemy import func, select

from app.audit.record import canonical
from app.conversations.models import Conversation, Message
from app.documents.models import Document
from app.dossiers import lifecycle
from app.dossiers.edit import applicant_version
from app.dossiers.models import Dossier
from app.dossiers.move import hold_dossiers
from app.kernel.database import db, lock, use_case
from app.kernel.errors import Refused, Stale

R = TypeVar("R")
Version = Callable[[Dossier], str]
# While documents still come in, agents decide on those that are there: a dossier that becomes complete disturbs nobody.
_DECIDING = (lifecycle.COLLECTING, lifecycle.REVIEWING)


class NewMail(Refused):
    """Raised when the conversation has gone on since the page with the answer was opened (409)."""


@use_case
def as_seen(dossier: Dossier, seen: str, version: Version, act: Callable[[], R]) -> R:
    """Do `act` if the dossier, held for it, still has the version that the page showed; else raise Stale."""
    db.session.expire_all()
    held = lock(Dossier, dossier.id)
    if version(held) != seen:
        state = lifecycle.LABELS[held.status]
        raise Stale(
            gettext(
                "This dossier has changed since you opened the page (it is now: %(state)s). Nothing was done. "
                "Look at it as it is now and decide again.",
                state=state,
            )
        )
    return act()


@use_case
def as_seen_of(
    dossier: Dossier, shown: Document, seen: str, act: Callable[[], R], *, others: Iterable[int]
) -> R:
    """As `as_seen` for one document, with other dossiers held besides, all in the order of their ids."""
    db.session.expire_all()
    hold_dossiers([dossier.id, *others])
    return as_seen(dossier, seen, document(shown), act)


def both(gone: Dossier, kept: Dossier) -> str:
    """For merging: everything about both."""
    return _digest(evidence(gone), evidence(kept), gone.email, kept.email)


def state(dossier: Dossier) -> str:
    """For what depends on the state alone: hold, reject, release, submit again."""
    return _digest(dossier.status, dossier.status_since.isoformat())


def phase(dossier: Dossier) -> str:
    """For what may be done while documents are collected or reviewed, whichever of the two."""
    return "deciding" if dossier.status in _DECIDING else state(dossier)


def applicant(dossier: Dossier) -> str:
    """For editing the applicant's data: nobody overwrites what they never saw."""
    return _digest(phase(dossier), applicant_version(dossier))


def evidence(dossier: Dossier) -> str:
    """For vouching for everything: the state, every document with its decision, and the applicant's data."""
    documents = [(one.id, one.kind, one.status) for one in dossier.documents]
    return _digest(state(dossier), documents, applicant_version(dossier))


def document(shown: Document) -> Version:
    """For deciding on one document: what it is, and what has been decided about it."""

    def version(dossier: Dossier) -> str:
        return _digest(phase(dossier), shown.id, shown.kind, shown.status, str(shown.decided_at))

    return version


def last_message(conversation: Conversation | None) -> str:
    """For an answer: the newest message that its writer can have read."""
    if conversation is None:
        return "0"
    newest = select(func.max(Message.id)).where(Message.conversation_id == conversation.id)
    return str(db.session.scalar(newest) or 0)


@use_case
def answering(conversation: Conversation, seen: str, act: Callable[[], R]) -> R:
    """Do `act` if nobody has written in the held conversation since the page was opened, else raise NewMail."""
    lock(Conversation, conversation.id)
    if last_message(conversation) != seen:
        raise NewMail(
            gettext(
                "Somebody has written in this conversation since you opened the page, so your answer was not "
                "sent. It is still in the box: read what is new in the timeline and send it again."
            )
        )
    return act()


def _digest(*parts: object) -> str:
    return hashlib.sha256(canonical(parts)).hexdigest()[:24]
