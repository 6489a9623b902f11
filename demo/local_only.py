"""The one check that keeps the demo's mail server and letters page on a machine of one's own."""

from __future__ import annotations

from urllib.parse import urlsplit

from config import Settings, is_loopback


class NotLocal(Exception):
    """Raised when a part of the demo is switched on in production or where others could reach it."""


def insist_on_local(settings: Settings) -> None:
    """Raise NotLocal unless the mode is local and every address is this machine's own."""
    if settings.mode != "local":
        raise NotLocal(
            "This part of the demo runs with DESK_MODE=local only, never with production settings."
        )
    hosts = {
        "PUBLIC_URL": urlsplit(settings.public_url).hostname or "",
        "WEB_BIND": settings.web_bind.rpartition(":")[0],
        "IMAP_HOST": settings.imap.host,
        "SMTP_HOST": settings.smtp.host,
    }
    for name, host in hosts.items():
        if not is_loopback(host):
            raise NotLocal(f"{name} must be a loopback address such as 127.0.0.1 for this part of the demo.")
