"""How a letter joins its thread: our signed Message-ID, and the ids of what it answers.

Conversations lie above letters, so their rows are read here by table name.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import func, select

from app.kernel.database import Model, db
from app.kernel.tokens import sign, unsign

PURPOSE = "thread"
# Enough for every mail program, and short enough for every mail server's header limit.
MOST_REFERENCES = 20
# An id with anything else in it could not go into a header of ours.
_USABLE = re.compile(r"<[!-;=?-~]{3,250}>")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a letter stands in a thread; ids keep their angle brackets."""

    message_id: str
    in_reply_to: str | None
    references: str | None


def place_in_thread(conversation_id: int | None) -> Place:
    """A fresh Message-ID carrying the conversation's signed token, and the references to what came in last."""
    mark = f"L{secrets.token_hex(8)}"
    domain = current_app.extensions["desk_settings"].support_address.rpartition("@")[2]
    if conversation_id is None:
        return Place(message_id=f"<{mark}@{domain}>", in_reply_to=None, references=None)
    token = sign(PURPOSE, str(conversation_id))
    ids = _known_ids(conversation_id)
    return Place(
        message_id=f"<{mark}.{token}@{domain}>",
        in_reply_to=ids[-1] if ids else None,
        references=" ".join(ids) or None,
    )


def conversation_of(message_id: str) -> int | None:
    """The conversation whose signed token a Message-ID of ours carries, else None. Forged or foreign ids give None."""
    mark, dot, rest = message_id.strip("<>").partition("@")[0].partition(".")
    value = unsign(PURPOSE, rest) if dot and mark.startswith("L") else None
    return int(value) if value and value.isdecimal() else None


def is_ours(address: str) -> bool:
    """Whether mail to this address comes to us, with or without a token in it: nobody is written to there."""
    settings = current_app.extensions["desk_settings"]
    local, _at, domain = address.strip().lower().rpartition("@")
    plain = f"{local.partition('+')[0]}@{domain}"
    return plain in (settings.support_address.lower(), settings.activation_sender.lower())


def latest_conversation(dossier_id: int, address: str) -> int | None:
    """The newest conversation of a dossier with this address, so that its letters thread without being told."""
    conversation = Model.metadata.tables["conversation"]
    return db.session.execute(
        select(conversation.c.id)
        .where(conversation.c.dossier_id == dossier_id, func.lower(conversation.c.address) == address.lower())
        .order_by(conversation.c.id.desc())
        .limit(1)
    ).scalar_one_or_none()


def _known_ids(conversation_id: int) -> list[str]:
    """Message ids of what came in, oldest first."""
    message = Model.metadata.tables["message"]
    newest = db.session.execute(
        select(message.c.message_id)
        .where(
            message.c.conversation_id == conversation_id,
            message.c.direction == "in",
            message.c.message_id.is_not(None),
        )
        .order_by(message.c.id.desc())
        .limit(MOST_REFERENCES)
    ).scalars()
    return [one for one in reversed(list(newest)) if one is not None and _USABLE.fullmatch(one)]
