"""A token endpoint (OAuth 2.0, RFC 6749): a refresh token is exchanged for an access token.

Nothing that the endpoint answers is logged or put into an error's text, but for the error codes that RFC 6749 names.
"""

from __future__ import annotations

import http.client
import json
import ssl
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

_LARGEST_ANSWER = 256 * 1024
_SHORTEST, _LONGEST, _USUAL = 60, 24 * 3600, 3600
# RFC 6749, 5.2: what a person has to mend; anything else with status 400 or 401 is mended by a person too.
_CODES = ("invalid_client", "invalid_grant", "invalid_scope", "unauthorized_client", "invalid_request")


class TemporaryTokenError(Exception):
    """The endpoint cannot be reached, is overloaded or talks nonsense: try again later."""


class PermanentTokenError(Exception):
    """The endpoint refuses: the refresh token has ended or was withdrawn, or the client is wrong. `code` is RFC 6749's."""

    def __init__(self, code: str) -> None:
        super().__init__(f"the token endpoint refuses ({code})")
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Granted:
    """What the endpoint gave. Durations are seconds; `refresh_token` is a new one where it replaced the one presented."""

    access_token: str = field(repr=False)
    expires_in: int
    refresh_token: str | None = field(repr=False, default=None)
    refresh_expires_in: int | None = None


def refresh(
    *, url: str, client_id: str, client_secret: str, scope: str, refresh_token: str, timeout: float = 15.0
) -> Granted:
    """Exchange a refresh token. TLS is verified by the system's authorities; redirects are not followed, since they would
    carry the secrets elsewhere. Raises TemporaryTokenError, PermanentTokenError.
    """
    values = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": client_id}
    values |= {"client_secret": client_secret} if client_secret else {}
    values |= {"scope": scope} if scope else {}
    status, body = _post(url, urlencode(values), timeout)
    answer = _object(body)
    if status == 200:
        return _granted(answer)
    if status in (400, 401, 403):
        code = str(answer.get("error", ""))
        if code in ("temporarily_unavailable", "server_error", "slow_down"):
            raise TemporaryTokenError("the token endpoint is busy")
        raise PermanentTokenError(code if code in _CODES else f"status {status}")
    raise TemporaryTokenError(f"the token endpoint answers with status {status}")


def _post(url: str, body: str, timeout: float) -> tuple[int, bytes]:
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    kind: Any = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    more = {"context": ssl.create_default_context()} if parts.scheme == "https" else {}
    connection = kind(parts.hostname, parts.port, timeout=timeout, **more)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return int(answer.status), answer.read(_LARGEST_ANSWER)
    except (OSError, http.client.HTTPException):
        raise TemporaryTokenError("the token endpoint cannot be reached") from None
    finally:
        connection.close()


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _granted(answer: dict[str, Any]) -> Granted:
    access, again = answer.get("access_token"), answer.get("refresh_token")
    if not isinstance(access, str) or not access.isascii() or not access.isprintable():
        raise TemporaryTokenError("the token endpoint gives no access token")
    return Granted(
        access_token=access,
        expires_in=max(_SHORTEST, min(_LONGEST, _seconds(answer.get("expires_in")) or _USUAL)),
        refresh_token=again if isinstance(again, str) and again else None,
        refresh_expires_in=_seconds(answer.get("refresh_token_expires_in")),
    )


def _seconds(value: object) -> int | None:
    """A duration as the endpoint writes it: a number, or, as some do, a number in quotes."""
    try:
        seconds = int(str(value))
    except ValueError:
        return None
    return seconds if 0 < seconds < 100 * 366 * 24 * 3600 else None
