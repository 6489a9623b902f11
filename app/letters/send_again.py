"""Send a failed or doubtful letter again, by a person's decision."""

from __future__ import annotations

from app.audit.record import record
from app.kernel.actors import Actor
from app.kernel.database import lock, use_case
from app.kernel.errors import Stale
from app.kernel.permissions import Permission
from app.letters import lifecycle
from app.letters.models import Letter
from app.letters.send import send_letter


@use_case
def send_again(letter_id: int, *, actor: Actor) -> Letter:
    """Queue the letter anew; Stale when it is no longer failed or uncertain."""
    actor.must(Permission.CONVERSATIONS_WRITE)
    letter = lock(Letter, letter_id)
    if not lifecycle.queue_again(letter):
        raise Stale
    record("letter.send_again", actor=actor, subject=letter, dossier_id=letter.dossier_id)
    send_letter.defer(letter_id=letter.id)
    return letter
