"""Named events: how a lower feature tells a higher one that something happened, inside the same transaction.

Handlers are connected in `app/__init__.py` only, and per application, so that two applications in one process
(as in tests) never hear each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, current_app

Handler = Callable[..., Any]


def connect(app: Flask, name: str, handler: Handler) -> None:
    """Have `handler(**ids)` called whenever `name` is emitted."""
    app.extensions.setdefault("desk_events", {}).setdefault(name, []).append(handler)


def emit(name: str, **ids: int | str) -> None:
    """Call every handler of `name` now, in this transaction; an error in one undoes the whole use case."""
    for handler in current_app.extensions.get("desk_events", {}).get(name, []):
        handler(**ids)
