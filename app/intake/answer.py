"""The letter that tells a person at once that the mail arrived. Machines get none, and nothing goes to a Reply-To."""

from __future__ import annotations

from app.conversations import lifecycle
from app.conversations.models import Conversation, Message
from app.conversations.reading import visible_text
from app.conversations.trust import may_carry_link
from app.dossiers.acknowledge import acknowledge
from app.dossiers.models import Dossier
from app.intake.dossier import Filed
from app.intake.sender import answerable
from app.kernel.database import fetch, use_case
from app.letters.queue import queue_letter


@use_case
def acknowledge_mail(message: Message, filed: Filed, *, is_new: bool, waited: bool) -> None:
    """A dossier's letter when the mail changed one; else a short receipt for a new conversation's first message.

    A mail that only brings papers is answered by its acknowledgement. One that asks something, or joins a conversation
    that `waited` for an answer before, waits for a person.
    """
    if not answerable(message):
        return
    conversation = message.conversation
    if filed.changed and filed.dossier_id is not None:
        acknowledge(filed.dossier_id, _thread_of(filed.dossier_id, conversation), answers=message)
        if not waited and "?" not in visible_text(message.text)[0]:
            lifecycle.answer(conversation.id)
    elif is_new:
        queue_letter(
            "conversations/received",
            to=conversation.address,
            locale=conversation.person.locale,
            context={
                "name": conversation.person.name,
                "subject": conversation.subject,
                "reference": conversation.reference,
            },
            conversation_id=conversation.id,
            dossier_id=conversation.dossier_id,
            automatic=True,
            linkless=not may_carry_link(message),
        )


def _thread_of(dossier_id: int, conversation: Conversation) -> int | None:
    """The conversation, if it is with the dossier's own address; else the letter joins the one that is."""
    own = fetch(Dossier, dossier_id).email == conversation.address.lower()
    return conversation.id if own else None
