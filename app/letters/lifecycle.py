"""All status changes of a letter: queued → sending → sent, failed or uncertain; by hand queued again or withdrawn. By
compare-and-set.
"""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

from app.kernel.clock import now
from app.kernel.database import change_status
from app.letters.models import Letter

QUEUED = "queued"
SENDING = "sending"
SENT = "sent"
FAILED = "failed"
UNCERTAIN = "uncertain"
WITHDRAWN = "withdrawn"

LABELS = {
    QUEUED: lazy_gettext("Waiting to be sent"),
    SENDING: lazy_gettext("Being sent"),
    SENT: lazy_gettext("Sent"),
    FAILED: lazy_gettext("Not sent"),
    UNCERTAIN: lazy_gettext("Perhaps sent"),
    WITHDRAWN: lazy_gettext("Taken back"),
}
TONES = {
    QUEUED: "quiet",
    SENDING: "accent",
    SENT: "good",
    FAILED: "bad",
    UNCERTAIN: "warn",
    WITHDRAWN: "quiet",
}


def begin(letter: Letter, problem: str | None = None) -> None:
    """A new letter, not stored yet: queued, or failed from the start when a problem holds it back."""
    letter.status, letter.problem = FAILED if problem else QUEUED, problem


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
    """sent → failed: the mail server took it and could not deliver it."""
    return _change(letter, (SENT, SENDING, UNCERTAIN), FAILED, problem=problem)


def queue_again(letter: Letter) -> bool:
    """failed or uncertain → queued, by hand; the attempts count anew."""
    return _change(letter, (FAILED, UNCERTAIN), QUEUED, attempts=0, problem=None)


def withdraw(letter: Letter) -> bool:
    """queued → withdrawn, by its writer; False when it is leaving or has left."""
    return _change(letter, QUEUED, WITHDRAWN)


def _change(letter: Letter, was: tuple[str, ...] | str, becomes: str, **values: Any) -> bool:
    return change_status(Letter, letter.id, was=was, becomes=becomes, **values)
