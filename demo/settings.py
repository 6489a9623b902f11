"""Writes `var/settings.env` for a machine of one's own: fresh secrets, ports that are free right now."""

from __future__ import annotations

import base64
import os
import secrets
import socket
import sys
from pathlib import Path

PREFERRED_PORTS = {"web": 8080, "smtp": 2525, "imap": 1143}


def write_if_missing(path: Path) -> bool:
    """Write local settings to `path` with mode 0600; tell whether they were missing."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(_text())
    return True


def _text() -> str:
    ports = _free_ports()
    values = {
        "DESK_MODE": "local",
        "PUBLIC_URL": f"http://localhost:{ports['web']}",
        "WEB_BIND": f"127.0.0.1:{ports['web']}",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "PASSWORD_SALT": secrets.token_urlsafe(48),
        "TOKEN_KEY": _key(),
        "MASTER_KEY": _key(),
        "TRAIL_KEY": _key(),
        "IMAP_HOST": "127.0.0.1",
        "IMAP_PORT": str(ports["imap"]),
        "IMAP_SECURITY": "none",
        "IMAP_USERNAME": "support",
        "IMAP_PASSWORD": secrets.token_urlsafe(24),
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(ports["smtp"]),
        "SMTP_SECURITY": "none",
        "SUPPORT_ADDRESS": "support@xignature.co.id",
        "ACTIVATION_SENDER": "dita@xignature.co.id",
    }
    heading = "# Written once by `make install` for this machine only. `make reset` throws it away.\n"
    return heading + "".join(f"{name}={value}\n" for name, value in values.items())


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _free_ports() -> dict[str, int]:
    return {
        name: port if port_is_free("127.0.0.1", port) else _any_port()
        for name, port in PREFERRED_PORTS.items()
    }


def port_is_free(host: str, port: int) -> bool:
    """Tell whether a server could listen there now, also when an earlier one's connections still linger."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _any_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def main() -> int:
    """Write the project's own settings if they are missing; one sentence when that is not possible."""
    target = Path(__file__).resolve().parent.parent / "var" / "settings.env"
    try:
        if write_if_missing(target):
            print(f"  Wrote {target} with fresh secrets")
    except OSError as error:
        print(f"{error.filename} cannot be written: {error.strerror}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
