"""Sealing by the clock."""

from __future__ import annotations

from app.audit.seal import seal
from app.kernel.jobs import periodic


@periodic("audit.seal", "* * * * * */3", queue_name="trail")
def seal_trail() -> None:
    """Seal what was committed since the last time, every three seconds."""
    seal()
