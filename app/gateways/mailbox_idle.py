"""Waiting for mail: IDLE (RFC 2177), where the server has it."""

from __future__ import annotations

import select
import ssl
from threading import Event
from time import monotonic
from typing import Any

# Firewalls forget quiet connections, and RFC 2177 wants IDLE renewed within 29 minutes.
LONGEST = 600.0
_SLICE = 1.0


def idle(client: Any, seconds: float, stop: Event, *, timeout: float) -> bool:
    """Wait at most so long; True once a message arrived, False at the end or once `stop` is set.

    Each round ends with DONE, which the server has to confirm within `timeout` seconds: a connection whose other end
    is gone is found out then at the latest. Raises what the library raises.
    """
    until = monotonic() + seconds
    while not stop.is_set() and monotonic() < until:
        client.idle()
        while not stop.is_set() and (left := until - monotonic()) > 0:
            if _server_speaks(client, min(left, _SLICE), timeout):
                break
        _, news = client.idle_done()
        if _brings_mail(news):
            return True
    return False


def _server_speaks(client: Any, seconds: float, timeout: float) -> bool:
    """Wait for the server's next words without reading them; also True when it hangs up.

    IMAPClient's own idle_check breaks the connection when a line arrives in two pieces, as some do.
    """
    connection = client.socket()
    connection.setblocking(False)
    try:
        # What came along with the last answer already lies in the buffer, where select does not look.
        if client._imap.file.peek(1):
            return True
    except (BlockingIOError, ssl.SSLWantReadError):
        pass
    finally:
        connection.settimeout(timeout)
    return bool(select.select([connection], [], [], seconds)[0])


def _brings_mail(news: list[Any]) -> bool:
    """Whether an IDLE answer tells of a new message: (3, b"EXISTS")."""
    return any(len(one) > 1 and one[1] == b"EXISTS" for one in news if isinstance(one, tuple))
