"""A TCP line with faults, between a client and a real server on loopback.

with FaultyLine(dovecot.port) as line:
    …connect to line.port…
    line.swallow = True       # half-open: the connections stay, nothing comes through any more
    line.cut()                # every connection is reset
    line.cut_on = b"STORE"    # reset whenever a client says this
    line.pause = 0.05         # seconds before each piece of what the server says
    line.rewrite = lambda piece: piece.replace(…)
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Self

PIECE = 65_536


class FaultyLine:
    """Forwards to a port of this machine; see the module for what can be done to it."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self.swallow = False
        self.cut_on = b""
        self.pause = 0.0
        self.rewrite: Callable[[bytes], bytes] | None = None
        self.heard: list[bytes] = []
        """What clients said, piece by piece."""

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        # Closing alone does not wake a thread that waits in accept.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Reset every connection."""
        pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                _reset(end)

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._target), 5)
            except OSError:
                _reset(client)
                continue
            server.settimeout(None)
            self._pairs.append((client, server))
            threading.Thread(target=self._upwards, args=(client, server), daemon=True).start()
            threading.Thread(target=self._downwards, args=(server, client), daemon=True).start()

    def _upwards(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while piece := client.recv(PIECE):
                self.heard.append(piece)
                if self.cut_on and self.cut_on in piece:
                    _reset(client)
                    _reset(server)
                    return
                if not self.swallow:
                    server.sendall(piece)
        _reset(server)

    def _downwards(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while piece := server.recv(512 if self.pause else PIECE):
                if self.pause:
                    time.sleep(self.pause)
                if self.rewrite is not None:
                    piece = self.rewrite(piece)
                if not self.swallow:
                    client.sendall(piece)
        _reset(client)


def _reset(end: socket.socket) -> None:
    """Close at once, with a reset instead of a goodbye."""
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.shutdown(socket.SHUT_RDWR)
    end.close()
