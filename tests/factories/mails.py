"""Mails as people send them, and the way in: into the vault and the ledger as the intake does it."""

from __future__ import annotations

import itertools
import secrets
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from app.gateways import gateways
from app.gateways.vault import INTAKE_OWNER
from app.intake import ledger
from app.intake.ledger import Taken
from app.intake.models import ReceivedMail
from app.kernel.database import db
from tests.factories.dossiers import jpeg

PAPERS = ("passport.jpg", "kitas.jpg", "hr-letter.jpg", "selfie.jpg")
_uids = itertools.count(1)


def mail(
    sender: str = "Anna Eriksson <anna@utopia.example>",
    *,
    subject: str = "Registration",
    text: str = "Dear team, my papers are attached. Phone +62 812 3456 7890.",
    files: tuple[str, ...] = (),
    verified: bool = True,
    **headers: str,
) -> EmailMessage:
    """One mail; every file is a small JPEG of its own. `verified` puts our receiving server's verdict on top."""
    message = EmailMessage()
    domain = sender.rpartition("@")[2].strip(">")
    if verified:
        message["Authentication-Results"] = f"localhost; spf=pass smtp.mailfrom=x@{domain}"
    message["From"] = sender
    message["To"] = "support@xignature.co.id"
    message["Subject"] = subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=domain)
    for name, value in headers.items():
        del message[name.replace("_", "-")]
        message[name.replace("_", "-")] = value
    message.set_content(text)
    for name in files:
        content = jpeg() + secrets.token_bytes(8)
        message.add_attachment(content, maintype="image", subtype="jpeg", filename=name)
    return message


def bounce(message_id: str, recipient: str) -> bytes:
    """A mail server's report (RFC 3464) that our letter with this Message-ID could not be delivered."""
    return (
        "From: MAILER-DAEMON@mx.example\r\nTo: support@xignature.co.id\r\nSubject: Undelivered\r\n"
        "MIME-Version: 1.0\r\nAuto-Submitted: auto-replied\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt failed.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\n\r\n--b--\r\n"
    ).encode()


def take_in(message: EmailMessage | bytes, *, uid: int | None = None, validity: int = 1) -> int:
    """Enter a mail as a visit of the mailbox does, job and all; the ledger's row id."""
    raw = message if isinstance(message, bytes) else message.as_bytes()
    number = next(_uids) if uid is None else uid
    sealed = gateways().vault.seal(INTAKE_OWNER, raw)
    ledger.enter_batch("test", validity, [Taken(uid=number, size=len(raw), sealed=sealed)])
    found = db.session.query(ReceivedMail).filter_by(mailbox="test", uid_validity=validity, uid=number).one()
    received_id = found.id
    db.session.remove()
    return received_id
