"""`/local/letters`: what the desk sent to applicants, read from the local mail server, links and all.

Nothing here is part of the product: `mount` refuses production settings and any address but loopback.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from http import HTTPStatus

from flask import Blueprint, Flask, Response, abort, current_app, render_template
from flask.typing import ResponseReturnValue
from imapclient import IMAPClient

from app.kernel import access
from config import Settings
from demo.local_only import insist_on_local
from demo.mail_server import APPLICANTS

PATH = "/local/letters"
NEWEST = 200
# The letter's own style and pictures, no script, nothing loaded; its links may open a tab of their own.
FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; form-action 'none'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
letters = Blueprint(
    "local_letters", __name__, template_folder="templates", static_folder="static", url_prefix=PATH
)


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    uid: int
    recipient: str
    subject: str
    arrived: datetime


@dataclass(frozen=True)
class Letter:
    """One letter, opened: its text, whether it has HTML, and its attachments as (name, type, text or None)."""

    row: Row
    sender: str
    text: str
    has_html: bool
    attachments: list[tuple[str, str, str | None]]


def mount(app: Flask, settings: Settings) -> None:
    """Add the page to `app`. Raises NotLocal unless everything is local."""
    insist_on_local(settings)
    app.register_blueprint(letters)
    access.state(app, access.PUBLIC, "local_letters.static")


@letters.get("")
@access.public
def list_letters() -> ResponseReturnValue:
    """The letters, newest first."""
    with _mailbox() as mailbox:
        return render_template("local/letters.html", rows=_rows(mailbox), letter=None)


@letters.get("/<int:uid>")
@access.public
def show_letter(uid: int) -> ResponseReturnValue:
    """The list with one letter opened."""
    with _mailbox() as mailbox:
        rows = _rows(mailbox)
        row = next((row for row in rows if row.uid == uid), None) or abort(HTTPStatus.NOT_FOUND)
        return render_template("local/letters.html", rows=rows, letter=_opened(row, _message(mailbox, uid)))


@letters.get("/<int:uid>/html")
@access.public
def show_html(uid: int) -> ResponseReturnValue:
    """The letter's HTML part for the frame."""
    with _mailbox() as mailbox:
        part = _message(mailbox, uid).get_body(("html",)) or abort(HTTPStatus.NOT_FOUND)
    answer = Response('<base target="_blank">' + part.get_content(), mimetype="text/html")
    answer.headers["Content-Security-Policy"] = FRAME_POLICY
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


@letters.get("/<int:uid>/files/<int:number>")
@access.public
def download(uid: int, number: int) -> ResponseReturnValue:
    """One attachment as a file."""
    with _mailbox() as mailbox:
        parts = list(_message(mailbox, uid).iter_attachments())
    if number >= len(parts):
        abort(HTTPStatus.NOT_FOUND)
    answer = Response(parts[number].get_payload(decode=True), mimetype="application/octet-stream")
    answer.headers.set("Content-Disposition", "attachment", filename=parts[number].get_filename() or "file")
    return answer


@contextlib.contextmanager
def _mailbox() -> Iterator[IMAPClient]:
    settings: Settings = current_app.extensions["desk_settings"]
    with IMAPClient(settings.imap.host, settings.imap.port, ssl=False, timeout=20) as mailbox:
        mailbox._imap.debug = 0
        mailbox.login(APPLICANTS, settings.imap.password)
        mailbox.select_folder("INBOX", readonly=True)
        yield mailbox


def _rows(mailbox: IMAPClient) -> list[Row]:
    uids = sorted(mailbox.search())[-NEWEST:]
    wanted = "BODY.PEEK[HEADER]"
    found = mailbox.fetch(uids, [wanted, "INTERNALDATE"]) if uids else {}
    rows = [_row(uid, answer[b"BODY[HEADER]"], answer[b"INTERNALDATE"]) for uid, answer in found.items()]
    return sorted(rows, key=lambda row: row.uid, reverse=True)


def _row(uid: int, head: bytes, arrived: datetime) -> Row:
    message = BytesParser(policy=policy.default).parsebytes(head, headersonly=True)
    return Row(uid, str(message["X-Envelope-To"] or message["To"]), str(message["Subject"] or ""), arrived)


def _message(mailbox: IMAPClient, uid: int) -> EmailMessage:
    found = mailbox.fetch([uid], ["BODY.PEEK[]"])
    if uid not in found:
        abort(HTTPStatus.NOT_FOUND)
    return BytesParser(policy=policy.default).parsebytes(found[uid][b"BODY[]"])


def _opened(row: Row, message: EmailMessage) -> Letter:
    plain = message.get_body(("plain",))
    return Letter(
        row=row,
        sender=str(message["From"] or ""),
        text=plain.get_content() if plain else "",
        has_html=message.get_body(("html",)) is not None,
        attachments=[_attachment(part) for part in message.iter_attachments()],
    )


def _attachment(part: EmailMessage) -> tuple[str, str, str | None]:
    kind = part.get_content_type()
    return (
        part.get_filename() or kind,
        kind,
        part.get_content() if part.get_content_maintype() == "text" else None,
    )
