"""Indexing by the clock."""

from __future__ import annotations

from app.kernel.full_text.due import index_due
from app.kernel.jobs import periodic

# A backlog of many thousands leaves the worker time for everything else; `flask search index` is faster.
CHUNKS_AT_ONCE = 5


@periodic("search.index", "* * * * * */3", queue_name="search")
def index_what_waits() -> None:
    """Index what was written since the last time, every three seconds."""
    for _ in range(CHUNKS_AT_ONCE):
        if not index_due():
            break
