"""A provider of access tokens on loopback (RFC 6749, 6), which also tells a mail server what a token is worth (RFC 7662).

with TokenServer() as provider:
    …exchange provider.refresh_token at provider.token_url…
    provider.rotate = True         # every exchange replaces the refresh token; the old one no longer works
    provider.lifetime = 60         # seconds that an access token lives
    provider.refuse = (400, {"error": "invalid_grant"})
"""

from __future__ import annotations

import json
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs


class TokenServer:
    """The provider; `asked` counts exchanges, `living` are the access tokens that it vouches for."""

    client_id, client_secret = "desk", "only-for-tests-of-tokens"

    def __init__(self, username: str) -> None:
        self.username = username
        self.refresh_token = secrets.token_urlsafe(24)
        self.refresh_expires_in: int | None = None
        self.living: set[str] = set()
        self.lifetime, self.asked, self.rotate = 3600, 0, False
        self.refuse: tuple[int, Any] | None = None
        self.vouches = True
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"provider": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._at = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.token_url, self.introspection_url = f"{self._at}/token", f"{self._at}/introspect"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def token(self, form: dict[str, str]) -> tuple[int, Any]:
        """Exchange a refresh token."""
        with self._lock:
            self.asked += 1
            if self.refuse is not None:
                return self.refuse
            if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
                return 401, {"error": "invalid_client"}
            if form.get("grant_type") != "refresh_token" or form.get("refresh_token") != self.refresh_token:
                return 400, {"error": "invalid_grant", "error_description": "secret words of the provider"}
            return 200, self._grant()

    def _grant(self) -> dict[str, Any]:
        access = secrets.token_urlsafe(24)
        self.living.add(access)
        answer: dict[str, Any] = {"access_token": access, "token_type": "Bearer", "expires_in": self.lifetime}
        if self.rotate:
            self.refresh_token = answer["refresh_token"] = secrets.token_urlsafe(24)
        if self.refresh_expires_in:
            answer["refresh_token_expires_in"] = self.refresh_expires_in
        return answer

    def introspect(self, form: dict[str, str]) -> tuple[int, Any]:
        """What a token is worth."""
        if self.vouches and form.get("token") in self.living:
            return 200, {"active": True, "username": self.username}
        return 200, {"active": False}


class _Handler(BaseHTTPRequestHandler):
    provider: TokenServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        answer = self.provider.token if self.path == "/token" else self.provider.introspect
        status, content = answer(form)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if status in (301, 302, 307):
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(content if isinstance(content, bytes) else json.dumps(content).encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""
