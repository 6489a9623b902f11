"""Which conversation a mail belongs to: told by our own signed token, or by its references if the sender is a party."""

from __future__ import annotations

from dataclasses import dataclass

from app.conversations.find import is_party, with_any_message
from app.conversations.models import Conversation
from app.conversations.reading import ReadMessage
from app.intake.sender import address_of
from app.kernel.database import db
from app.letters.thread import conversation_of

STRANGER = "The sender is not the one this conversation is with."
REFERS_ELSEWHERE = "It refers to conversation {reference}, but its sender has no part in that one."


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a mail goes. Without a conversation a new one is opened; `by_token` means it answers a letter of ours."""

    conversation: Conversation | None
    by_token: bool = False
    hints: tuple[str, ...] = ()


def find_place(read: ReadMessage) -> Place:
    """A stranger's mail never lands in somebody's thread just because it quotes an id: with passports that is a breach."""
    ids = _ids(read)
    for one in ids:
        number = conversation_of(one)
        found = db.session.get(Conversation, number) if number is not None else None
        if found is not None:
            known = is_party(found, address_of(read)) or read.bounce is not None
            return Place(conversation=found, by_token=True, hints=() if known else (STRANGER,))
    found = with_any_message(ids)
    if found is None:
        return Place(conversation=None)
    if is_party(found, address_of(read)):
        return Place(conversation=found)
    return Place(conversation=None, hints=(REFERS_ELSEWHERE.format(reference=found.reference),))


def _ids(read: ReadMessage) -> list[str]:
    """What the mail answers, nearest first."""
    named = [
        read.bounce.message_id if read.bounce else "",
        read.in_reply_to or "",
        *reversed(read.references),
    ]
    return [one for one in dict.fromkeys(named) if one][:50]
