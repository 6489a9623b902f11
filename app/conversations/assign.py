"""Who answers a conversation."""

from __future__ import annotations

from flask_babel import lazy_gettext
from sqlalchemy import select

from app.audit.record import record
from app.conversations.models import Conversation
from app.kernel.actors import Actor
from app.kernel.database import db, fetch, lock, use_case
from app.kernel.errors import InvalidInput, Stale
from app.kernel.permissions import Permission
from app.staff.models import StaffMember

MOST_AT_ONCE = 200


@use_case
def assign(
    conversation_id: int, *, staff_id: int | None, actor: Actor, seen: tuple[int | None] | None = None
) -> Conversation:
    """Give a conversation to somebody who answers mail, or to nobody.

    `seen` holds the owner that the page showed: Stale when it has another one by now. Raises InvalidInput for somebody else.
    """
    actor.must(Permission.CONVERSATIONS_WRITE)
    conversation = lock(Conversation, conversation_id)
    if conversation.assigned_to_id == staff_id:
        return conversation
    if seen is not None and conversation.assigned_to_id != seen[0]:
        raise Stale(lazy_gettext("Somebody was faster: this conversation has another owner by now."))
    if staff_id is not None and not _answers(fetch(StaffMember, staff_id)):
        raise InvalidInput(lazy_gettext("This person does not answer mail."))
    conversation.assigned_to_id = staff_id
    record(
        "conversation.assign",
        actor=actor,
        subject=conversation,
        dossier_id=conversation.dossier_id,
        details={"staff_id": staff_id},
    )
    return conversation


@use_case
def assign_many(conversation_ids: list[int], *, staff_id: int | None, actor: Actor) -> int:
    """Give many at once, all or none; how many. Locked in the order of their ids, so that two never deadlock."""
    wanted = sorted(set(conversation_ids))
    if len(wanted) > MOST_AT_ONCE:
        raise InvalidInput
    for conversation_id in wanted:
        assign(conversation_id, staff_id=staff_id, actor=actor)
    return len(wanted)


def colleagues() -> list[StaffMember]:
    """Everybody who answers mail, by name."""
    active = db.session.scalars(
        select(StaffMember).where(StaffMember.active).order_by(StaffMember.name, StaffMember.id)
    )
    return [member for member in active if _answers(member)]


def _answers(member: StaffMember) -> bool:
    return member.active and Permission.CONVERSATIONS_WRITE in member.permissions
