"""The letter that tells a person at once that the mail arrived. Machines get none, and nothing goes to a Reply-To."""

from __future__ import annotations

from app.conversations import lifecycle
from app.conversations.models import Message
from app.conversations.reading import visible_text
from app.dossiers.acknowledge import acknowledge
from app.intake.dossier import Filed
from app.intake.sender import answerable
from app.kernel.database import use_case
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
        acknowledge(filed.dossier_id, conversation.id)
        if not waited and "?" not in visible_text(message.text)[0]:
            lifecycle.settle(conversation.id)
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
        )
