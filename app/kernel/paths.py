"""Where a person may be sent back to: paths of this desk only."""

from __future__ import annotations

import re

# Browsers read a backslash as a slash and drop control characters, which turns an odd path into another host.
_OWN = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


def own_path(address: str | None, otherwise: str = "") -> str:
    """The address when it is a path of ours, else `otherwise`."""
    return address if address and _OWN.fullmatch(address) else otherwise


# How an id stands in a route: beyond PostgreSQL's bigint it would be the database's error instead of a page not found.
ROW_ID = "int(max=9223372036854775807)"
