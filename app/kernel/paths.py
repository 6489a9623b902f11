"""Paths of this desk: where a person may be sent back to, and how an id stands in a route."""

from __future__ import annotations

import re

from werkzeug.routing import IntegerConverter

# Browsers read a backslash as a slash and drop control characters, which turns an odd path into another host.
_OWN = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


def own_path(address: str | None, otherwise: str = "") -> str:
    """The address when it is a path of ours, else `otherwise`."""
    return address if address and _OWN.fullmatch(address) else otherwise


class RowId(IntegerConverter):
    """An id in a route, `<row:call_id>`: one beyond PostgreSQL's bigint becomes 0, which no row has.

    Refusing it here instead would answer 405 where two methods share an address, as if something stood there.
    """

    def to_python(self, value: str) -> int:
        """The number, or 0."""
        # Nineteen digits are the bigint's; Python itself refuses to read numbers of thousands of digits.
        number = int(value) if len(value) <= 19 else 0
        return number if number < 2**63 else 0
