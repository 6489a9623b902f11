"""The local mail server of `make run` and of the tests: SMTP in, IMAP out, one process, loopback only.

Mail to the support address goes to the support user's INBOX; everything else to the INBOX of one user,
`applicants`, so that a newcomer can read what applicants get. Messages lie in Maildir folders, byte for byte as
they came; UIDs and UIDVALIDITY survive a restart.
"""

from __future__ import annotations

import asyncio
import email.utils
import os
import re
import signal
import sys
import tempfile
from argparse import Namespace
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from pymap.backend.maildir import Config, Identity, Login, MaildirBackend
from pymap.backend.maildir.layout import MaildirLayout
from pymap.backend.maildir.mailbox import Maildir
from pymap.backend.maildir.uidlist import Record, UidList
from pymap.backend.maildir.users import PasswordsFile, UsersFile
from pymap.imap import IMAPService
from pymap.interfaces.login import IdentityInterface
from pymap.parsing.specials import ObjectId

from config import Settings, SettingsError, is_loopback
from demo.local_only import NotLocal, insist_on_local

APPLICANTS = "applicants"
AUTHSERV_ID = "localhost"
LARGEST_MESSAGE_BYTES = 60 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to serve: `folder` holds the Maildirs; both users sign in with `password`."""

    folder: Path
    host: str = "127.0.0.1"
    smtp_port: int
    imap_port: int
    support_address: str
    support_user: str
    password: str

    @classmethod
    def from_settings(cls, settings: Settings) -> Plan:
        """Derive the plan from local settings; raises NotLocal for any others."""
        insist_on_local(settings)
        if settings.imap.host != settings.smtp.host:
            raise NotLocal("IMAP_HOST and SMTP_HOST must be the same for the local mail server.")
        return cls(
            folder=settings.data_dir / "mail",
            host=settings.imap.host,
            smtp_port=settings.smtp.port,
            imap_port=settings.imap.port,
            support_address=settings.support_address,
            support_user=settings.imap.username,
            password=settings.imap.password,
        )


async def serve(plan: Plan, ready: asyncio.Event | None = None) -> None:
    """Serve until cancelled; sets `ready` once both ports answer. Raises NotLocal, or OSError for a busy port."""
    if not is_loopback(plan.host):
        raise NotLocal("The local mail server listens on a loopback address only.")
    if not plan.password:
        raise NotLocal("The local mail server needs IMAP_PASSWORD.")
    _prepare(plan.folder)
    backend, config = await _backend(plan)
    delivery = Delivery(plan)
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        await IMAPService(backend, config).start(stack)
        smtp = await loop.create_server(lambda: _smtp(delivery, loop), plan.host, plan.smtp_port)
        await stack.enter_async_context(smtp)
        if ready is not None:
            ready.set()
        await asyncio.Event().wait()


def _prepare(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # pymap renames its files out of the temporary folder, which works within one file system only.
    tempfile.tempdir = str(folder)
    # A killed server leaves its lock files, and nobody else uses this folder.
    for lock in folder.rglob("*.lock"):
        lock.unlink()


def _smtp(delivery: Delivery, loop: asyncio.AbstractEventLoop) -> SMTP:
    return SMTP(
        delivery, hostname=AUTHSERV_ID, enable_SMTPUTF8=True, data_size_limit=LARGEST_MESSAGE_BYTES, loop=loop
    )


async def _backend(plan: Plan) -> tuple[MaildirBackend, Config]:
    arguments = Namespace(
        host=plan.host,
        port=plan.imap_port,
        debug=False,
        cert=None,
        key=None,
        tls=False,
        proxy_protocol=None,
        passlib_cfg=None,
        inherited_sockets=None,
        base_dir=str(plan.folder),
        layout="++",
        colon=None,
        concurrency=None,
    )
    config = Config.from_args(arguments, reject_dnsbl=False)
    config.apply_context()
    login = RawLogin(config)
    await _write_users(plan, login)
    return MaildirBackend(login, config), config


async def _write_users(plan: Plan, login: Login) -> None:
    hashed: str = await login._passwords.hash_password(plan.password)
    base = str(plan.folder)
    async with UsersFile.with_write(base) as users, PasswordsFile.with_write(base) as passwords:
        for name in (plan.support_user, APPLICANTS):
            users.set(users.build_record(name, name))
            passwords.set(passwords.build_record(name, hashed))


class Delivery:
    """aiosmtpd's handler: files each message in one or both INBOXes before it says 250."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._lock = asyncio.Lock()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """File the message once an INBOX, with the envelope's addresses in front."""
        raw = envelope.original_content or b""
        support = self._plan.support_address.lower()
        parties: dict[str, list[str]] = {self._plan.support_user: [], APPLICANTS: []}
        for to in envelope.rcpt_tos:
            parties[self._plan.support_user if _without_tag(to) == support else APPLICANTS].append(to)
        async with self._lock:
            for user, recipients in parties.items():
                if recipients:
                    await _file(self._plan.folder / user, _stamped(raw, envelope.mail_from or "", recipients))
        return "250 OK"


def _without_tag(address: str) -> str:
    """`support+anything@domain` is delivered like `support@domain`."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _stamped(raw: bytes, sender: str, recipients: list[str]) -> bytes:
    """Put in front what a receiving server knows; take out a header that pretends to be ours (RFC 8601, 5)."""
    head, separator, body = raw.partition(b"\r\n\r\n")
    ours = (
        rb"(?im)^Authentication-Results:\s*" + re.escape(AUTHSERV_ID.encode()) + rb"\b.*\r\n(?:[ \t].*\r\n)*"
    )
    head = re.sub(ours, b"", head + b"\r\n")[:-2]
    spf = f"spf=pass smtp.mailfrom={sender}" if _same_domain(raw, sender) else "none"
    stamp = [
        f"Return-Path: <{sender}>",
        f"Authentication-Results: {AUTHSERV_ID}; {spf}",
        f"X-Envelope-To: {', '.join(recipients)}",
        f"Received: from localhost by {AUTHSERV_ID} with ESMTP; {email.utils.formatdate()}",
    ]
    return "".join(f"{line}\r\n" for line in stamp).encode() + head + separator + body


def _same_domain(raw: bytes, sender: str) -> bool:
    """Everybody comes from loopback, so a sender is believed when the From line names the same domain."""
    try:
        written = str(BytesHeaderParser().parsebytes(raw).get("From", ""))
    except (ValueError, LookupError):
        return False
    addresses = [address for _, address in email.utils.getaddresses([written])]
    domains = {address.rpartition("@")[2].lower() for address in addresses}
    return domains == {sender.rpartition("@")[2].lower()} != {""}


async def _file(folder: Path, message: bytes) -> None:
    """Write the message and its UID under the mailbox's lock: two readers can never number it twice."""
    maildir = RawMaildir(str(folder), create=True)
    async with UidList.with_write(str(folder)) as uids:
        key = maildir.add(message)
        fields = {"E": str(ObjectId.random_email_id()), "T": str(ObjectId.random_thread_id())}
        uids.set(Record(uids.next_uid, fields, f"{key}:2,"))
        uids.next_uid += 1


class RawMessage:
    """A message as it lies on the disk; the standard library would parse and rewrite it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __bytes__(self) -> bytes:
        return self._content


class RawMaildir(Maildir):
    """A Maildir that gives messages back byte for byte."""

    def get_message(self, key: str) -> Any:
        """Return an object whose bytes are the file's."""
        return RawMessage(self.get_bytes(key))


class RawIdentity(Identity):
    """A signed-in user whose INBOX is a RawMaildir."""

    def _load_maildir(self, mailbox_path: str) -> tuple[Maildir, MaildirLayout[Any]]:
        full_path = os.path.join(self.config.base_dir, mailbox_path)
        layout = MaildirLayout.get(full_path, self.config.layout, RawMaildir)
        return RawMaildir(full_path, create=not os.path.exists(full_path)), layout


class RawLogin(Login):
    """pymap's sign-in, leading to RawIdentity."""

    async def authorize(self, authenticated: IdentityInterface, authzid: str) -> Identity:
        """Let a user act as nobody but themselves, as pymap does."""
        identity = await super().authorize(authenticated, authzid)
        return RawIdentity(self.config, self.tokens, identity.name, None, identity.roles)


async def _until_told_to_stop(plan: Plan) -> None:
    task = asyncio.ensure_future(serve(plan))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


def main() -> int:
    """Serve what the settings say until SIGINT or SIGTERM; print one sentence when that is refused."""
    try:
        asyncio.run(_until_told_to_stop(Plan.from_settings(Settings.from_env())))
    except (NotLocal, SettingsError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
