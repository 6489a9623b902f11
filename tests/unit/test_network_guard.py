"""The guard that keeps every test on this machine."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request

import pytest

from tests.fixtures.network import OutsideWorld, tried


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "xignature.co.id"])
def test_nothing_outside_is_reached(host: str) -> None:
    with pytest.raises(OutsideWorld):
        socket.create_connection((host, 443), timeout=1)
    with pytest.raises(urllib.error.URLError, match="this machine only"):
        urllib.request.urlopen(f"http://{f'[{host}]' if ':' in host else host}/", timeout=1)

    assert tried
    # Else this test would fail for what it has just proved.
    tried.clear()


def test_loopback_is_open() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        socket.create_connection(server.getsockname(), timeout=1).close()
