"""Settings of the desk: frozen, typed, read once from the environment.

`Settings.from_env()` reads the environment over the file `var/settings.env` of the project's folder. With
DESK_MODE=production in the environment that file is not looked at. Every problem is reported at once.
No secret has a default.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from config_mail import FIRST, MailboxSettings, MailServer, Security, read_first, read_more

__all__ = ["PROJECT", "MailServer", "MailboxSettings", "Security", "Settings", "SettingsError", "is_loopback"]

PROJECT = Path(__file__).resolve().parent
LOCAL_SETTINGS = PROJECT / "var" / "settings.env"
LARGEST_PORT = 65535
DAY_LISTS = ("EXTRA_HOLIDAYS", "EXTRA_WORKING_DAYS")

Mode = Literal["production", "local"]
T = TypeVar("T")


class SettingsError(Exception):
    """Raised when settings are missing or wrong; the text lists every problem, one a line, without any value."""


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address means this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything the desk needs to know from outside. Durations are seconds, sizes bytes, unless the name says otherwise."""

    mode: Mode
    data_dir: Path
    public_url: str
    database_url: str
    database_owner_url: str
    secret_key: str
    password_salt: str
    token_key: bytes
    master_key: bytes
    trail_key: bytes
    imap: MailServer
    imap_folder: str
    smtp: MailServer
    support_address: str
    activation_sender: str
    web_bind: str
    # Answers come to support+<token>@…; "no" where the mail provider does not deliver that to the support mailbox.
    support_plus_addressing: bool = True
    mail_max_bytes: int = 50 * 1024 * 1024
    # The name our receiving server signs Authentication-Results with (RFC 8601); without it no sender counts as verified.
    mail_authserv_id: str = ""
    link_hours: int = 72
    # How long an answer waits for its writer to think again.
    undo_send_seconds: int = 15
    activation_resends_per_hour: int = 3
    activation_resends_per_network_hour: int = 20
    sign_in_failures_allowed: int = 5
    sign_in_lock_minutes: int = 15
    approval_valid_days: int = 30
    # The arc that RFC 5612 keeps for examples: Xignature's own one is not confirmed yet.
    certificate_policy_oid: str = "1.3.6.1.4.1.32473.1.1"
    authority_url: str = ""
    # The whole first mailbox, of which `imap` and `imap_folder` are parts, and the further ones.
    first_mailbox: MailboxSettings | None = None
    more_mailboxes: tuple[MailboxSettings, ...] = ()
    intake_poll_seconds: float = 30.0
    intake_timeout_seconds: float = 30.0
    intake_silent_minutes: int = 10
    intake_attempts: int = 5
    # Who presents it may read /metrics; empty, there is no such page.
    metrics_token: str = ""
    trusted_proxies: int = 0
    # When somebody works; what waits is measured in these hours only (app/kernel/opening_hours.py reads the text).
    working_hours: str = "Mon-Thu 08:30-17:00, Fri 08:30-16:30"
    working_zone: str = "Asia/Jakarta"
    joint_leave: Literal["closed", "open"] = "closed"
    extra_holidays: frozenset[date] = frozenset()
    extra_working_days: frozenset[date] = frozenset()
    # Working hours until a person's first mail is answered, and until each later one is.
    first_answer_hours: float = 4.0
    next_answer_hours: float = 8.0

    @property
    def mailboxes(self) -> tuple[MailboxSettings, ...]:
        """Every mailbox that mail is taken in from, `support` first."""
        plain = MailboxSettings(name=FIRST, server=self.imap, folder=self.imap_folder)
        return (self.first_mailbox or plain, *self.more_mailboxes)

    @property
    def vault_dir(self) -> Path:
        """Folder of the encrypted files."""
        return self.data_dir / "vault"

    @property
    def key_store_dir(self) -> Path:
        """Folder of the owners' wrapped keys; backed up apart from the database."""
        return self.data_dir / "keys"

    @property
    def trail_dir(self) -> Path:
        """Folder of the trail's signed heads, outside the database."""
        return self.data_dir / "trail"

    @property
    def authority_dir(self) -> Path:
        """Folder of the embedded authority's certificates and its encrypted issuing key."""
        return self.data_dir / "authority"

    @property
    def embedded_database(self) -> bool:
        """True when the desk runs its own PostgreSQL."""
        return not self.database_url

    @property
    def secure(self) -> bool:
        """True when the public address is https, so that cookies are marked Secure."""
        return self.public_url.startswith("https://")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, *, file: Path = LOCAL_SETTINGS) -> Settings:
        """Read the settings, or raise SettingsError naming every problem at once."""
        outside = dict(os.environ if environ is None else environ)
        inside, problems = ({}, []) if outside.get("DESK_MODE") == "production" else _read_file(file)
        return _Reader({**inside, **outside}, problems).settings(inside)


def _read_file(path: Path) -> tuple[dict[str, str], list[str]]:
    """The file's settings, and what is wrong with its lines."""
    if not path.exists():
        return {}, []
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"{path} cannot be read as text.") from None
    wanted = {number: line for number, line in enumerate(lines, 1) if line and not line.startswith("#")}
    problems = [
        f"Line {number} of {path} is not NAME=value." for number in wanted if "=" not in wanted[number]
    ]
    pairs = (line.split("=", 1) for line in wanted.values() if "=" in line)
    return {key.strip(): value.strip() for key, value in pairs}, problems


class _Reader:
    """Collects values and problems, so that an operator mends all of them in one go."""

    def __init__(self, values: Mapping[str, str], problems: list[str]) -> None:
        self.values = values
        self.problems = list(problems)
        self.known: set[str] = set()

    def settings(self, file: Mapping[str, str]) -> Settings:
        mode = self.choice("DESK_MODE", ("production", "local"))
        imap, folder = self.server("IMAP", 993), self.optional("IMAP_FOLDER", "INBOX")
        first = read_first(self, imap, folder, local=mode == "local")
        found = Settings(
            mode="production" if mode == "production" else "local",
            data_dir=Path(self.text("DATA_DIR", "" if mode == "production" else str(PROJECT / "var"))),
            public_url=self.public_url(),
            database_url=self.database("DATABASE_URL"),
            database_owner_url=self.database("DATABASE_OWNER_URL"),
            secret_key=self.secret("SECRET_KEY"),
            password_salt=self.secret("PASSWORD_SALT"),
            token_key=self.key("TOKEN_KEY"),
            master_key=self.key("MASTER_KEY"),
            trail_key=self.key("TRAIL_KEY"),
            imap=imap,
            imap_folder=folder,
            first_mailbox=first,
            more_mailboxes=read_more(self, first, local=mode == "local"),
            smtp=self.server("SMTP", 587),
            support_address=self.address("SUPPORT_ADDRESS", "support@xignature.co.id"),
            support_plus_addressing=self.yes("SUPPORT_PLUS_ADDRESSING", default=True),
            activation_sender=self.address("ACTIVATION_SENDER", "dita@xignature.co.id"),
            web_bind=self.place("WEB_BIND", "127.0.0.1:8080"),
            mail_max_bytes=self.number("MAIL_MAX_BYTES", Settings.mail_max_bytes, int),
            mail_authserv_id=self.optional("MAIL_AUTHSERV_ID", "localhost" if mode == "local" else ""),
            link_hours=self.number("LINK_HOURS", Settings.link_hours, int),
            undo_send_seconds=self.number(
                "UNDO_SEND_SECONDS", Settings.undo_send_seconds, int, least=0, most=600
            ),
            activation_resends_per_hour=self.number(
                "ACTIVATION_RESENDS_PER_HOUR", Settings.activation_resends_per_hour, int
            ),
            activation_resends_per_network_hour=self.number(
                "ACTIVATION_RESENDS_PER_NETWORK_HOUR", Settings.activation_resends_per_network_hour, int
            ),
            sign_in_failures_allowed=self.number(
                "SIGN_IN_FAILURES_ALLOWED", Settings.sign_in_failures_allowed, int
            ),
            sign_in_lock_minutes=self.number("SIGN_IN_LOCK_MINUTES", Settings.sign_in_lock_minutes, int),
            approval_valid_days=self.number("APPROVAL_VALID_DAYS", Settings.approval_valid_days, int),
            certificate_policy_oid=self.optional("CERTIFICATE_POLICY_OID", Settings.certificate_policy_oid),
            authority_url=self.optional("AUTHORITY_URL"),
            intake_poll_seconds=self.number("INTAKE_POLL_SECONDS", Settings.intake_poll_seconds, float),
            intake_timeout_seconds=self.number(
                "INTAKE_TIMEOUT_SECONDS", Settings.intake_timeout_seconds, float, most=600
            ),
            intake_silent_minutes=self.number("INTAKE_SILENT_MINUTES", Settings.intake_silent_minutes, int),
            metrics_token=self.optional_secret("METRICS_TOKEN"),
            intake_attempts=self.number("INTAKE_ATTEMPTS", Settings.intake_attempts, int),
            trusted_proxies=self.number("TRUSTED_PROXIES", Settings.trusted_proxies, int, least=0),
            **self.working_time(),
        )
        # In the environment there is much that is not ours; in our own file such a name is a slip of the pen.
        self.problems += [f"{name} is not a setting." for name in file if name not in self.known]
        if self.problems:
            raise SettingsError(
                "The settings are not complete:\n" + "\n".join(f"  - {problem}" for problem in self.problems)
            )
        return found

    def optional(self, name: str, default: str = "") -> str:
        self.known.add(name)
        return self.values.get(name, "").strip() or default

    def address(self, name: str, default: str) -> str:
        """One of our own e-mail addresses: every letter would fail over a slip in it."""
        value = self.optional(name, default)
        if not re.fullmatch(r"[!#-'*+/-9=?A-Z^-~.-]{1,64}@[A-Za-z0-9.-]{1,189}", value):
            self.problems.append(f"{name} must be one plain e-mail address.")
        return value

    def text(self, name: str, default: str = "") -> str:
        value = self.optional(name, default)
        if not value:
            self.problems.append(f"{name} is missing.")
        return value

    def secret(self, name: str) -> str:
        value = self.text(name)
        if value and len(value) < 32:
            self.problems.append(f"{name} is too short: at least 32 characters of randomness.")
        return value

    def optional_secret(self, name: str) -> str:
        return self.secret(name) if self.optional(name) else ""

    def key(self, name: str) -> bytes:
        try:
            raw = base64.b64decode(self.text(name), validate=True)
        except (binascii.Error, ValueError):
            raw = b"?"
        if raw and len(raw) != 32:
            self.problems.append(f"{name} must be 32 random bytes in base64.")
        return raw

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name)
        if value and value not in allowed:
            self.problems.append(f"{name} must be one of: {', '.join(allowed)}.")
        return value

    def yes(self, name: str, *, default: bool) -> bool:
        value = self.optional(name, "yes" if default else "no").lower()
        if value not in ("yes", "no"):
            self.problems.append(f"{name} must be yes or no.")
        return value == "yes"

    def number(
        self,
        name: str,
        default: T,
        convert: Callable[[str], T],
        *,
        least: int | None = None,
        most: float = math.inf,
    ) -> T:
        """A number greater than zero, or from `least` on, and no greater than `most`."""
        value = self.optional(name)
        if not value:
            return default
        try:
            number = convert(value)
        except ValueError:
            self.problems.append(f"{name} must be a number.")
            return default
        size = float(str(number))
        if least is None and not size > 0:
            self.problems.append(f"{name} must be greater than zero.")
        elif not (least or 0) <= size <= most or size == math.inf:
            self.problems.append(f"{name} is out of bounds.")
        return number

    def working_time(self) -> dict[str, Any]:
        """What app/kernel/office.py needs; read here so that its problems are told with the others."""
        # Here because `app` itself imports this module.
        from app.kernel.opening_hours import read_dates, read_week, read_zone

        hours = self.optional("WORKING_HOURS", Settings.working_hours)
        zone = self.optional("WORKING_ZONE", Settings.working_zone)
        self.read("WORKING_HOURS", hours, read_week)
        self.read("WORKING_ZONE", zone, read_zone)
        leave = self.optional("JOINT_LEAVE", Settings.joint_leave)
        if leave not in ("closed", "open"):
            self.problems.append("JOINT_LEAVE must be closed or open.")
        days = {name: self.read(name, self.optional(name), read_dates) for name in DAY_LISTS}
        if frozenset.intersection(*(found or frozenset() for found in days.values())):
            self.problems.append(f"{' and '.join(DAY_LISTS)} name the same day.")
        return {
            "working_hours": hours,
            "working_zone": zone,
            "joint_leave": leave,
            **{name.lower(): found for name, found in days.items()},
            "first_answer_hours": self.number(
                "FIRST_ANSWER_HOURS", Settings.first_answer_hours, float, most=1000
            ),
            "next_answer_hours": self.number(
                "NEXT_ANSWER_HOURS", Settings.next_answer_hours, float, most=1000
            ),
        }

    def read(self, name: str, value: str, reader: Callable[[str], T]) -> T | None:
        """What the reader makes of the value; None when it objects, and its sentence becomes a problem."""
        try:
            return reader(value)
        except ValueError as error:
            self.problems.append(f"{name} {error}")
            return None

    def database(self, name: str) -> str:
        value = self.optional(name)
        if value and not value.startswith(("postgresql://", "postgresql+psycopg://")):
            self.problems.append(f"{name} must begin with postgresql:// or be empty.")
        return value

    def place(self, name: str, default: str) -> str:
        value = self.optional(name, default)
        host, _, port = value.rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) <= LARGEST_PORT:
            self.problems.append(f"{name} must be an address and a port, such as 127.0.0.1:8080.")
        return value

    def public_url(self) -> str:
        value = self.text("PUBLIC_URL").rstrip("/")
        try:
            parts = urlsplit(value)
            well_formed = bool(parts.hostname) and parts.port != 0
        except ValueError:
            parts, well_formed = urlsplit(""), False
        if value and (parts.scheme not in ("http", "https") or not well_formed or parts.path or parts.query):
            self.problems.append(
                "PUBLIC_URL must be an http(s) address without path, such as https://desk.example."
            )
        elif parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            self.problems.append(
                "PUBLIC_URL may use http on a loopback address only; elsewhere it must be https."
            )
        return value

    def server(self, prefix: str, port: int) -> MailServer:
        host = self.text(f"{prefix}_HOST")
        security = self.optional(f"{prefix}_SECURITY", "tls")
        if security not in ("tls", "starttls", "none"):
            self.problems.append(f"{prefix}_SECURITY must be tls, starttls or none.")
        if security == "none" and host and not is_loopback(host):
            self.problems.append(f"{prefix}_SECURITY=none is allowed on a loopback address only.")
        return MailServer(
            host=host,
            port=self.number(f"{prefix}_PORT", port, int, most=LARGEST_PORT),
            security="none" if security == "none" else "starttls" if security == "starttls" else "tls",
            username=self.optional(f"{prefix}_USERNAME"),
            password=self.optional(f"{prefix}_PASSWORD"),
        )
