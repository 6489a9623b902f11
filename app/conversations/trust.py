"""What an automatic letter about a message may hold."""

from __future__ import annotations

from app.conversations.models import Message


def may_carry_link(message: Message | None) -> bool:
    """Whether the letter that answers this message may hold a link: only one to a verified sender who takes part.

    Anybody can write a sender's name on a mail. Our answer reaches the one who is named, and must then be of no use to
    the one who wrote it: no personal link, and none of the stranger's words that a mail program makes a link of.
    """
    return message is not None and message.sender_verified and message.known_party
