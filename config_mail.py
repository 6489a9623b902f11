"""The mail part of the settings: servers, mailboxes, and what is done with mail that has been filed.

The first mailbox is called `support` and read from IMAP_*. MAILBOXES names further ones, each read from
MAILBOX_<NAME>_* with the same endings: MAILBOXES=hr needs MAILBOX_HR_HOST and may have MAILBOX_HR_FOLDER.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from config import _Reader

Security = Literal["tls", "starttls", "none"]
What = Literal["leave", "seen", "keyword", "move"]
Mechanism = Literal["XOAUTH2", "OAUTHBEARER"]
FIRST = "support"

_NAME = re.compile(r"[a-z][a-z0-9]{0,29}")
# What an IMAP keyword may hold (RFC 3501, 9): an atom, here of plain letters.
_KEYWORD = re.compile(r"[$A-Za-z0-9][A-Za-z0-9_.-]{0,49}")


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """Where one mail protocol is spoken. `security` none is refused except on loopback."""

    host: str
    port: int
    security: Security
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """How to get access tokens for a mailbox (RFC 6749, 6): the refresh token is exchanged at `url`.

    `expires_on` is the day on which the provider says that the client secret or the refresh token ends, if known.
    """

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    scope: str = ""
    mechanism: Mechanism = "XOAUTH2"
    expires_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class AfterFiling:
    r"""What the server is told once a message is filed: nothing, \Seen, a keyword, or to move it to a folder."""

    what: What = "seen"
    where: str = ""


@dataclass(frozen=True, kw_only=True)
class MailboxSettings:
    """One mailbox: `name` is how screens and logs call it, `ledger_name` how the ledger does."""

    name: str
    server: MailServer
    folder: str = "INBOX"
    tokens: Tokens | None = None
    after: AfterFiling = AfterFiling()

    @property
    def ledger_name(self) -> str:
        """user@host/folder: the messages of a mailbox stay the same ones when it gets another name here."""
        return f"{self.server.username}@{self.server.host}/{self.folder}"


def read_first(reader: _Reader, server: MailServer, folder: str, *, local: bool) -> MailboxSettings:
    """The mailbox of IMAP_*; its server and folder are read already."""
    return MailboxSettings(
        name=FIRST,
        server=server,
        folder=folder,
        tokens=_tokens(reader, "IMAP", server, local=local),
        after=_after(reader, "IMAP", folder),
    )


def read_more(reader: _Reader, first: MailboxSettings, *, local: bool) -> tuple[MailboxSettings, ...]:
    """The mailboxes that MAILBOXES names; every problem goes to the reader."""
    names = [one.strip().lower() for one in reader.optional("MAILBOXES").split(",") if one.strip()]
    wrong = [one for one in names if not _NAME.fullmatch(one) or one == FIRST]
    if wrong or len(set(names)) < len(names):
        reader.problems.append(
            "MAILBOXES must be different names of small letters and digits, with commas between, none of them support."
        )
        return ()
    found = tuple(_one(reader, name, local=local) for name in names)
    _check_strays(reader, names)
    _check_apart(reader, (first, *found))
    return found


def _one(reader: _Reader, name: str, *, local: bool) -> MailboxSettings:
    prefix = f"MAILBOX_{name.upper()}"
    server = reader.server(prefix, 993)
    folder = reader.optional(f"{prefix}_FOLDER", "INBOX")
    return MailboxSettings(
        name=name,
        server=server,
        folder=folder,
        tokens=_tokens(reader, prefix, server, local=local),
        after=_after(reader, prefix, folder),
    )


def _check_strays(reader: _Reader, names: list[str]) -> None:
    """MAILBOX_HR_HOST without `hr` in MAILBOXES would be a mailbox that nobody reads, and nobody notices."""
    known = {name.upper() for name in names}
    strays = {key.split("_")[1] for key in reader.values if re.fullmatch(r"MAILBOX_[A-Z0-9]+_HOST", key)}
    for stray in sorted(strays - known):
        reader.problems.append(f"MAILBOX_{stray}_HOST is set, but MAILBOXES does not name {stray.lower()}.")


def _check_apart(reader: _Reader, mailboxes: tuple[MailboxSettings, ...]) -> None:
    """No folder is read twice, and none is read into which another mailbox's filed mail is moved."""
    read = [one.ledger_name for one in mailboxes if one.server.host]
    if len(set(read)) < len(read):
        reader.problems.append("MAILBOXES: two mailboxes are the same folder of the same account.")
    for one in mailboxes:
        target = f"{one.server.username}@{one.server.host}/{one.after.where}"
        if one.after.what == "move" and target in read:
            reader.problems.append(f"Mailbox {one.name}: filed mail would be moved to a folder that is read.")


def _after(reader: _Reader, prefix: str, folder: str) -> AfterFiling:
    name = f"{prefix}_AFTER"
    what, _colon, where = reader.optional(name, "seen").partition(":")
    where = where.strip()
    if what in ("leave", "seen") and not where:
        return AfterFiling(what="leave" if what == "leave" else "seen")
    if what == "keyword" and _KEYWORD.fullmatch(where):
        return AfterFiling(what="keyword", where=where)
    if what == "move" and where and where != folder and where.upper() != "INBOX":
        return AfterFiling(what="move", where=where)
    reader.problems.append(f"{name} must be leave, seen, keyword:NAME or move:FOLDER, of another folder.")
    return AfterFiling()


def _tokens(reader: _Reader, prefix: str, server: MailServer, *, local: bool) -> Tokens | None:
    names = {
        end: f"{prefix}_OAUTH_{end}" for end in ("TOKEN_URL", "CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN")
    }
    values = {end: reader.optional(name) for end, name in names.items()}
    more = {end: reader.optional(f"{prefix}_OAUTH_{end}") for end in ("SCOPE", "MECHANISM", "EXPIRES_ON")}
    if not any((*values.values(), *more.values())):
        return None
    # A public client has no secret (RFC 6749, 2.1).
    reader.problems += [
        f"{names[end]} is missing." for end, value in values.items() if not value and end != "CLIENT_SECRET"
    ]
    if server.password:
        reader.problems.append(f"{prefix}_PASSWORD and {prefix}_OAUTH_… are two ways to sign in: give one.")
    _check_url(reader, names["TOKEN_URL"], values["TOKEN_URL"], local=local)
    return Tokens(
        url=values["TOKEN_URL"],
        client_id=values["CLIENT_ID"],
        client_secret=values["CLIENT_SECRET"],
        refresh_token=values["REFRESH_TOKEN"],
        scope=more["SCOPE"],
        mechanism=_mechanism(reader, f"{prefix}_OAUTH_MECHANISM", more["MECHANISM"]),
        expires_on=_read(reader, f"{prefix}_OAUTH_EXPIRES_ON", more["EXPIRES_ON"], date.fromisoformat),
    )


def _mechanism(reader: _Reader, name: str, value: str) -> Mechanism:
    if value.upper() not in ("", "XOAUTH2", "OAUTHBEARER"):
        reader.problems.append(f"{name} must be XOAUTH2 or OAUTHBEARER.")
    return "OAUTHBEARER" if value.upper() == "OAUTHBEARER" else "XOAUTH2"


def _read(reader: _Reader, name: str, value: str, convert: Callable[[str], date]) -> date | None:
    try:
        return convert(value) if value else None
    except ValueError:
        reader.problems.append(f"{name} must be a day such as 2027-06-30.")
        return None


def _check_url(reader: _Reader, name: str, value: str, *, local: bool) -> None:
    """https, or http to this machine in local mode: a secret travels there."""
    from config import is_loopback

    try:
        parts = urlsplit(value)
        whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        parts, whole = urlsplit(""), False
    here = local and parts.scheme == "http" and is_loopback(parts.hostname or "")
    if value and not (whole and (parts.scheme == "https" or here)):
        reader.problems.append(
            f"{name} must be an https address (http on a loopback address in local mode only)."
        )
