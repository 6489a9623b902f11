"""The jobs of conversations."""

from __future__ import annotations

from app.conversations.snooze import wake_due
from app.kernel.jobs import periodic


@periodic("conversations.wake", "* * * * *")
def wake() -> None:
    """Every minute: what was snoozed until now waits for an answer again."""
    wake_due()
