"""Open a conversation."""

from __future__ import annotations

from app.accounts.models import Person
from app.conversations.models import Conversation, Party
from app.conversations.parties import PartyRole
from app.kernel.database import db, use_case
from app.kernel.tokens import reference


@use_case
def open_conversation(*, person: Person, address: str, subject: str) -> Conversation:
    """A new thread with a person. `address` is the one that replies go to, "" when the mail names none."""
    conversation = Conversation(
        reference=reference("C", 7), person=person, address=address.strip(), subject=subject.strip()[:500]
    )
    db.session.add(conversation)
    db.session.flush()
    if conversation.address:
        _add_the_person(conversation)
    return conversation


def _add_the_person(conversation: Conversation) -> None:
    party = Party(
        conversation_id=conversation.id,
        address=conversation.address.lower(),
        name=conversation.person.name,
        role=PartyRole.SELF,
    )
    db.session.add(party)
    db.session.flush()
