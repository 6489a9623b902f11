"""All status changes of a letter: queued → sending → sent, failed or uncertain; sent → bounced; by hand queued again or
withdrawn.

By compare-and-set, and each leaves a step in the letter's delivery history.
"""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

from app.kernel.clock import now
from app.kernel.database import change_status, db
from app.letters.models import Letter, LetterEvent

QUEUED = "queued"
SENDING = "sending"
SENT = "sent"
FAILED = "failed"
UNCERTAIN = "uncertain"
BOUNCED = "bounced"
WITHDRAWN = "withdrawn"
# What a mail server reports of a letter without changing what we know of its end.
DELAYED, DELIVERED = "delayed", "delivered"

TROUBLE = (FAILED, UNCERTAIN, BOUNCED)

LABELS = {
    QUEUED: lazy_gettext("Waiting to be sent"),
    SENDING: lazy_gettext("Being sent"),
    SENT: lazy_gettext("Sent"),
    FAILED: lazy_gettext("Not sent"),
    UNCERTAIN: lazy_gettext("Perhaps sent"),
    BOUNCED: lazy_gettext("Came back"),
    WITHDRAWN: lazy_gettext("Taken back"),
}
STEPS = {
    **LABELS,
    DELAYED: lazy_gettext("Delivery is delayed"),
    DELIVERED: lazy_gettext("Delivered"),
}
TONES = {
    QUEUED: "quiet",
    SENDING: "accent",
    SENT: "good",
    FAILED: "bad",
    UNCERTAIN: "warn",
    BOUNCED: "bad",
    WITHDRAWN: "quiet",
}


def begin(letter: Letter, problem: str | None = None) -> None:
    """A new letter: stored as queued, or as failed from the start when a problem holds it back."""
    letter.status, letter.problem = FAILED if problem else QUEUED, problem
    db.session.add(letter)
    db.session.flush()
    note(letter, letter.status, problem)


def claim(letter: Letter) -> bool:
    """queued → sending; False when another worker has it or it is done."""
    return _change(letter, QUEUED, SENDING, attempts=Letter.attempts + 1, problem=None)


def sent(letter: Letter, answer: str) -> bool:
    """sending → sent. Also from uncertain: the one who sent it has come back after being taken for dead."""
    return _change(letter, (SENDING, UNCERTAIN), SENT, server_answer=answer, sent_at=now(), problem=None)


def wait(letter: Letter, problem: str) -> bool:
    """sending → queued: the server cannot take it now."""
    return _change(letter, SENDING, QUEUED, problem=problem)


def fail(letter: Letter, problem: str) -> bool:
    """sending → failed: it will not go by trying again."""
    return _change(letter, (SENDING, UNCERTAIN), FAILED, problem=problem)


def hold_back(letter: Letter, problem: str) -> bool:
    """queued → failed: something that belongs to it is not there."""
    return _change(letter, QUEUED, FAILED, problem=problem)


def doubt(letter: Letter, problem: str) -> bool:
    """sending → uncertain: whoever was sending it stopped in between."""
    return _change(letter, SENDING, UNCERTAIN, problem=problem)


def bounce(letter: Letter, problem: str) -> bool:
    """sent → bounced: the mail server took it and could not deliver it."""
    return _change(letter, (SENT, SENDING, UNCERTAIN), BOUNCED, problem=problem)


def question(letter: Letter, problem: str) -> bool:
    """sent → uncertain: something came back from its address, and it may be this letter."""
    return _change(letter, SENT, UNCERTAIN, problem=problem)


def queue_again(letter: Letter) -> bool:
    """failed, uncertain or bounced → queued, by hand; the attempts count anew."""
    return _change(letter, TROUBLE, QUEUED, attempts=0, problem=None)


def note(letter: Letter, what: str, said: str | None = None) -> None:
    """Add a step to the letter's delivery history."""
    db.session.add(LetterEvent(letter_id=letter.id, what=what, said=said))


def withdraw(letter: Letter) -> bool:
    """queued → withdrawn, by its writer; False when it is leaving or has left."""
    return _change(letter, QUEUED, WITHDRAWN)


def _change(letter: Letter, was: tuple[str, ...] | str, becomes: str, **values: Any) -> bool:
    changed = change_status(Letter, letter.id, was=was, becomes=becomes, **values)
    if changed:
        note(letter, becomes, values.get("server_answer") or values.get("problem"))
    return changed
