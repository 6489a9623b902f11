"""What a mail server reports about a letter it had taken over."""

from __future__ import annotations

from sqlalchemy import select

from app.kernel.database import db, use_case
from app.letters import lifecycle, problems
from app.letters.models import Letter


@use_case
def note_bounce(message_id: str, status: str) -> Letter | None:
    """Mark the letter with this Message-ID as not delivered; `status` like '5.1.1'. None for no letter of ours."""
    letter = db.session.scalars(select(Letter).where(Letter.message_id == message_id)).one_or_none()
    if letter is not None:
        lifecycle.bounce(letter, f"{problems.BOUNCED} {status}".strip())
    return letter
