"""Which conversation a mail belongs to: told by our own signed token, or by its references if the sender is a party.

A mail that belongs to none although it refers to one opens its own, with a remark that names the other.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.conversations.find import kept, with_any_message
from app.conversations.models import Conversation
from app.conversations.parties import PartyRole, add_party, is_party, may_ask
from app.conversations.reading import ReadMessage
from app.intake.invited import invited_conversation
from app.intake.sender import address_of
from app.kernel.actors import SYSTEM
from app.kernel.database import db
from app.letters.addresses import conversation_written_to
from app.letters.thread import conversation_of, wrote_to

STRANGER = "The sender is not the one this conversation is with."
REFERS_ELSEWHERE = "It refers to conversation {reference}, but its sender has no part in that one."
REFERS_UNVERIFIED = "It refers to conversation {reference}, but it is not sure who sent it."
# A mail of a thousand references costs no thousand look-ups.
MOST_IDS = 50


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a mail goes. Without a conversation a new one is opened.

    `by_token`: it carries our token, and its sender may be anybody who saw it. `proven`: it answers a letter of ours to
    the very address that it says it is from.
    """

    conversation: Conversation | None
    by_token: bool = False
    proven: bool = False
    hints: tuple[str, ...] = ()


def find_place(read: ReadMessage, *, verified: bool) -> Place:
    """A stranger's mail never lands in somebody's thread just because it quotes an id: with passports that is a breach."""
    ids, sender = _ids(read), address_of(read)
    told = _told_by_token(read, ids)
    if told is not None:
        known = is_party(told, sender) or read.bounce is not None
        hints = () if known else (STRANGER,)
        return Place(conversation=told, by_token=True, proven=wrote_to(sender, ids), hints=hints)
    invited = invited_conversation(read)
    if invited is not None:
        return Place(conversation=invited)
    found = with_any_message(ids, of=sender)
    if found is None:
        return Place(conversation=None)
    if verified and is_party(found, sender):
        return Place(conversation=found)
    hint = REFERS_UNVERIFIED if is_party(found, sender) else REFERS_ELSEWHERE
    return Place(conversation=None, hints=(hint.format(reference=found.reference),))


def note_stranger(place: Place, read: ReadMessage) -> None:
    """Show who wrote into the thread by knowing its token, so that an agent can agree to the address or not."""
    conversation, sender = place.conversation, address_of(read)
    if conversation is None or not place.by_token or read.automatic is not None:
        return
    if may_ask(conversation, sender):
        name = read.from_[0].name
        add_party(conversation.id, address=sender, name=name, role=PartyRole.ASKED, actor=SYSTEM)


def _told_by_token(read: ReadMessage, ids: list[str]) -> Conversation | None:
    """The conversation of the nearest token of ours: in what the mail answers, then in where it was sent."""
    written_to = [one.address for one in (*read.to, *read.cc, *read.delivered_to)][:MOST_IDS]
    # The last one is a letter of our own that came back.
    numbers = [
        *map(conversation_of, ids),
        *map(conversation_written_to, written_to),
        conversation_of(read.message_id or ""),
    ]
    for number in numbers:
        found = db.session.get(Conversation, number) if number is not None else None
        if found is not None:
            return kept(found)
    return None


def _ids(read: ReadMessage) -> list[str]:
    """What the mail answers, nearest first."""
    named = [
        read.bounce.message_id if read.bounce else "",
        read.in_reply_to or "",
        *reversed(read.references),
    ]
    return [one for one in dict.fromkeys(named) if one][:MOST_IDS]
