"""How a letter joins its thread: our signed Message-ID, and the ids of what it answers.

Conversations lie above letters, so their rows are read here by table name.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import func, select

from app.kernel.database import Model, db
from app.letters.addresses import conversation_of_token, conversation_token
from app.letters.models import Letter

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
    token = conversation_token(conversation_id)
    ids = _known_ids(conversation_id)
    return Place(
        message_id=f"<{mark}.{token}@{domain}>",
        in_reply_to=ids[-1] if ids else None,
        references=" ".join(ids) or None,
    )


def conversation_of(message_id: str) -> int | None:
    """The conversation whose signed token a Message-ID of ours carries, else None. Forged or foreign ids give None."""
    mark, dot, token = message_id.strip("<>").partition("@")[0].partition(".")
    return conversation_of_token(token) if dot and mark[:1] in ("L", "l") else None


def wrote_to(address: str, message_ids: Sequence[str]) -> bool:
    """Whether one of these ids is that of a letter of ours to this very address: who names it had the letter before them."""
    ids = [_as_written(one) for one in message_ids if conversation_of(one) is not None]
    if not ids or not address:
        return False
    query = select(Letter.id).where(
        Letter.message_id.in_(ids), func.lower(Letter.to_address) == address.lower()
    )
    return db.session.scalar(query.limit(1)) is not None


def is_letter_of_ours(message_id: str) -> bool:
    """Whether a mail with this Message-ID is a letter that we sent ourselves."""
    if conversation_of(message_id) is not None:
        return True
    found = db.session.scalar(select(Letter.id).where(Letter.message_id == _as_written(message_id)))
    return found is not None


def _as_written(message_id: str) -> str:
    """A Message-ID of ours as it left us, whatever became of its letters' case on the way."""
    local, _at, domain = message_id.strip("<>").rpartition("@")
    ours = current_app.extensions["desk_settings"].support_address.rpartition("@")[2]
    return f"<L{local[1:].lower()}@{ours if domain.lower() == ours.lower() else domain}>"


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
    """Message ids of what came in from those who take part, oldest first."""
    message = Model.metadata.tables["message"]
    newest = db.session.execute(
        select(message.c.message_id)
        .where(
            message.c.conversation_id == conversation_id,
            message.c.direction == "in",
            message.c.known_party,
            message.c.message_id.is_not(None),
        )
        .order_by(message.c.id.desc())
        .limit(MOST_REFERENCES)
    ).scalars()
    return [one for one in reversed(list(newest)) if one is not None and _USABLE.fullmatch(one)]
