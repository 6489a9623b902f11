"""Who takes part in a conversation: whom an ordinary answer may go to, and who only wrote into it.

Knowing a token of ours lets a mail into the thread, nothing more: a letter may have been forwarded. Whoever is not yet
agreed to is shown and never written to; an agent says who it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext
from sqlalchemy import select

from app.audit.record import record
from app.conversations.models import Conversation, Party
from app.kernel.actors import Actor
from app.kernel.database import db, fetch, lock, use_case
from app.kernel.errors import InvalidInput, NotFound, Refused, Stale
from app.kernel.permissions import Permission
from app.letters.addresses import is_ours
from app.letters.queue import can_receive

# More addresses than any conversation has; a stranger with a token and a list of addresses fills no table.
MOST_PARTIES = 20
LONGEST_NAME = 200


class PartyRole(StrEnum):
    """What an address is to a conversation; the values are stored, so they never change.

    `self`: the person the conversation is with, at one of their own addresses. `on_behalf`: writes for somebody (HR, a
    lawyer); gets ordinary answers, never a personal link. `asked`: wrote into the thread by knowing a token, and waits
    for an agent. `refused`: an agent said no.
    """

    SELF = "self"
    ON_BEHALF = "on_behalf"
    ASKED = "asked"
    REFUSED = "refused"


# Whom an agent can agree to, and who is written to.
AGREED = (PartyRole.SELF, PartyRole.ON_BEHALF)

LABELS = {
    PartyRole.SELF: lazy_gettext("the person"),
    PartyRole.ON_BEHALF: lazy_gettext("on behalf of the person"),
    PartyRole.ASKED: lazy_gettext("not agreed to"),
    PartyRole.REFUSED: lazy_gettext("refused"),
}
TONES = {
    PartyRole.SELF: "good",
    PartyRole.ON_BEHALF: "accent",
    PartyRole.ASKED: "warn",
    PartyRole.REFUSED: "quiet",
}


def parties_of(conversation: Conversation) -> Sequence[Party]:
    """Everybody who takes part or asked to, in the order in which they came."""
    query = select(Party).where(Party.conversation_id == conversation.id).order_by(Party.id)
    return db.session.scalars(query).all()


def party_of(conversation: Conversation, address: str) -> Party | None:
    """What this address is to the conversation, None when it never wrote into it."""
    query = select(Party).where(
        Party.conversation_id == conversation.id, Party.address == address.strip().lower()
    )
    return db.session.scalars(query).one_or_none()


def recipients(conversation: Conversation) -> tuple[str, ...]:
    """The addresses that an ordinary answer may go to, the conversation's own one first. Personal links go to Dossier.email."""
    agreed = [one.address for one in parties_of(conversation) if one.role in AGREED]
    own = conversation.address.lower()
    first = sorted(agreed, key=lambda address: address != own)
    return tuple(one for one in first if can_receive(one) and not is_ours(one))


def party_in(conversation: Conversation, party_id: int) -> Party:
    """This party of this conversation, or NotFound."""
    party = fetch(Party, party_id)
    if party.conversation_id != conversation.id:
        raise NotFound
    return party


def is_party(conversation: Conversation, address: str) -> bool:
    """Whether this address takes part: the conversation is with it, or an agent agreed to it."""
    found = party_of(conversation, address)
    return found is not None and found.role in AGREED


def may_ask(conversation: Conversation, address: str) -> bool:
    """Whether an address that wrote into the thread is to be shown to an agent: new, usable, and not one of hundreds."""
    there = {one.address for one in parties_of(conversation)}
    plain = address.strip().lower()
    return plain not in there and len(there) < MOST_PARTIES and can_receive(plain) and not is_ours(plain)


def agreed_to_be_the_person(address: str) -> Sequence[Conversation]:
    """The conversations, newest first, in which an agent said that this is an address of the person's own."""
    query = (
        select(Conversation)
        .join(Party)
        .where(
            Party.address == address.strip().lower(),
            Party.role == PartyRole.SELF,
            Party.added_by_id.is_not(None),
        )
        .order_by(Conversation.id.desc())
    )
    return db.session.scalars(query).all()


def recipient(conversation: Conversation, wanted: str | None) -> str:
    """Where one answer goes: the wanted address if it may, without one the conversation's own. Raises Refused."""
    allowed = recipients(conversation)
    if not allowed:
        raise Refused(lazy_gettext("This mail names no address that an answer could go to."))
    address = wanted.strip().lower() if wanted else allowed[0]
    if address not in allowed:
        raise Refused(lazy_gettext("Nobody has agreed that answers may go to this address."))
    return address


@use_case
def add_party(conversation_id: int, *, address: str, name: str, role: str, actor: Actor) -> Party:
    """Let an address take part; one that is there already takes the new role, unless it would fall back to `asked`.

    Raises InvalidInput for what is no address or no role, Refused for our own address or beyond MOST_PARTIES.
    """
    actor.must(Permission.CONVERSATIONS_WRITE)
    conversation, wanted = lock(Conversation, conversation_id), _role(role)
    found = party_of(conversation, address)
    if found is not None:
        return found if wanted == PartyRole.ASKED else _becomes(found, conversation, wanted, actor)
    party = Party(
        conversation_id=conversation.id,
        address=_checked(conversation, address),
        name=name.strip()[:LONGEST_NAME],
        role=wanted,
        added_by_id=actor.id,
    )
    db.session.add(party)
    _tell("add_party", conversation, party, actor)
    return party


@use_case
def agree_to(party_id: int, *, role: str, actor: Actor) -> Party:
    """An agent says that this address is the person's own (`self`) or writes on their behalf: from now on it is answered.

    Raises InvalidInput for another role, Stale when somebody said the same before.
    """
    actor.must(Permission.CONVERSATIONS_WRITE)
    conversation, party = _held(party_id)
    if _role(role) not in AGREED:
        raise InvalidInput
    if party.role == role:
        raise Stale
    return _becomes(party, conversation, _role(role), actor)


@use_case
def refuse(party_id: int, *, actor: Actor) -> Party:
    """An agent says no, or takes an agreement back: the address is shown and never written to. Stale when it was done before.

    Raises Refused for the address that the conversation is with.
    """
    actor.must(Permission.CONVERSATIONS_WRITE)
    conversation, party = _held(party_id)
    if party.role == PartyRole.REFUSED:
        raise Stale
    return _becomes(party, conversation, PartyRole.REFUSED, actor)


def _held(party_id: int) -> tuple[Conversation, Party]:
    """The party, freshly read, with its conversation held."""
    conversation = lock(Conversation, fetch(Party, party_id).conversation_id)
    return conversation, lock(Party, party_id)


def _becomes(party: Party, conversation: Conversation, role: PartyRole, actor: Actor) -> Party:
    if party.role == role:
        return party
    if party.address == conversation.address.lower():
        raise Refused(lazy_gettext("The conversation is with this address."))
    before, party.role, party.added_by_id = party.role, role, actor.id
    verb = "refuse_party" if role == PartyRole.REFUSED else "agree_to_party"
    _tell(verb, conversation, party, actor, before=before)
    return party


def _role(role: str) -> PartyRole:
    if role not in list(PartyRole):
        raise InvalidInput
    return PartyRole(role)


def _checked(conversation: Conversation, address: str) -> str:
    plain = address.strip().lower()
    if not can_receive(plain):
        raise InvalidInput(lazy_gettext("This is not one plain e-mail address."))
    if is_ours(plain):
        raise Refused(lazy_gettext("This is an address of our own."))
    if len(parties_of(conversation)) >= MOST_PARTIES:
        raise Refused(lazy_gettext("More addresses take part than a conversation can have."))
    return plain


def _tell(verb: str, conversation: Conversation, party: Party, actor: Actor, **details: Any) -> None:
    record(
        f"conversation.{verb}",
        actor=actor,
        subject=conversation,
        dossier_id=conversation.dossier_id,
        details={"address": party.address, "role": party.role, **details},
    )
