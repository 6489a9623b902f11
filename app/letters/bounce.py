"""What a mail server reports about a letter it had taken over."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from app.kernel.clock import now
from app.kernel.database import db, use_case
from app.letters import lifecycle, problems
from app.letters.models import Letter

# Mail servers give up after five days at most (RFC 5321, 4.5.4.1); a report about something older is not about us.
REPORTED_WITHIN = timedelta(days=7)


@use_case
def note_report(*, message_id: str, recipient: str, status: str, action: str) -> Letter | None:
    """Write a delivery report (RFC 3464) into its letter's history; None when it is about no letter of ours.

    `message_id` is the returned letter's, "" when the report encloses nothing: then the newest letter to `recipient`
    is called into question, no more, because anybody could send such a report. `status` like "5.1.1"; `action` is
    failed, delayed, delivered, relayed, expanded or "", which old forms mean as failed.
    """
    letter = _letter(message_id)
    if letter is not None:
        _note(letter, status, action)
    elif not message_id and action in ("", "failed"):
        letter = _newest_to(recipient)
        if letter is not None:
            lifecycle.question(letter, f"{problems.PERHAPS_BOUNCED} {status}".strip())
    return letter


def _note(letter: Letter, status: str, action: str) -> None:
    if action in ("", "failed"):
        lifecycle.bounce(letter, f"{problems.BOUNCED} {status}".strip())
    elif action == "delayed":
        lifecycle.note(letter, lifecycle.DELAYED, status or None)
    elif action in ("delivered", "relayed", "expanded"):
        lifecycle.note(letter, lifecycle.DELIVERED, status or None)


def _letter(message_id: str) -> Letter | None:
    if not message_id:
        return None
    return db.session.scalars(select(Letter).where(Letter.message_id == message_id)).one_or_none()


def _newest_to(recipient: str) -> Letter | None:
    if not recipient:
        return None
    return db.session.scalars(
        select(Letter)
        .where(
            func.lower(Letter.to_address) == recipient.lower(),
            Letter.status == lifecycle.SENT,
            Letter.sent_at > now() - REPORTED_WITHIN,
        )
        .order_by(Letter.id.desc())
        .limit(1)
    ).first()
