"""A calendar program's answer to an invitation of ours: which call it is about, and what it means for it."""

from __future__ import annotations

from app.calls.find import call_with_uid
from app.calls.invited import note_answer
from app.calls.models import Call
from app.conversations import lifecycle
from app.conversations.models import Conversation, Message
from app.conversations.reading import ReadMessage
from app.dossiers.models import Dossier
from app.intake.sender import address_of
from app.kernel.database import db
from app.letters.thread import latest_conversation


def invited_conversation(read: ReadMessage) -> Conversation | None:
    """The applicant's conversation about the call, if the answer is the applicant's own.

    The invitation's UID is random and went to the applicant and the member of staff only; calendar programs send no other
    sign of what they answer.
    """
    call = _call(read)
    dossier = db.session.get(Dossier, call.dossier_id) if call is not None else None
    if dossier is None or dossier.email != address_of(read).lower():
        return None
    number = latest_conversation(dossier.id, dossier.email)
    return db.session.get(Conversation, number) if number is not None else None


def tie_to_call(message: Message, read: ReadMessage) -> None:
    """Tell the dossier what the invited person answered; a time that does not suit waits for an agent."""
    call = _call(read)
    if call is None or read.calendar_reply is None or not message.known_party:
        return
    if message.conversation.dossier_id == call.dossier_id and note_answer(
        call.id, read.calendar_reply.answer
    ):
        lifecycle.reopen(message.conversation_id)


def _call(read: ReadMessage) -> Call | None:
    return call_with_uid(read.calendar_reply.uid) if read.calendar_reply is not None else None
