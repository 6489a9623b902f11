"""What an answer repeats of the mail it answers."""

from __future__ import annotations

from sqlalchemy import select

from app.conversations.models import Message
from app.conversations.reading import visible_text
from app.kernel.database import db

LONGEST = 4000


def quoted(conversation_id: int) -> str:
    """The newest mail's own words as quoted lines below an empty one, without the history it quotes; "" without a mail."""
    last = db.session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.direction == "in")
        .order_by(Message.id.desc())
        .limit(1)
    ).one_or_none()
    words = visible_text(last.text)[0].strip() if last else ""
    if not words:
        return ""
    shown = words if len(words) <= LONGEST else f"{words[:LONGEST].rstrip()} …"
    return "\n\n" + "\n".join(f"> {line}".rstrip() for line in shown.split("\n"))
