"""A letter to send: what it is made of, checked so that no text in it can become a header, as MIME."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.charset import QP, Charset
from email.mime.base import MIMEBase
from email.mime.text import MIMEText
from email.policy import SMTP
from email.utils import quote

import flask_mail

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[^\s@<>,;:\"()\[\]\\]{1,250}")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,70}")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{3,900}>")
_TOKEN = re.compile(r"[A-Za-z0-9._+-]{1,100}")
_OURS = {
    "from",
    "to",
    "cc",
    "bcc",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "reply-to",
    "sender",
}


class PermanentMailerError(Exception):
    """This letter will never go out as it is: the server answered 5xx, or its headers are not acceptable.

    `code` is the server's answer, 0 when it was refused here.
    """

    def __init__(self, text: str, *, code: int = 0) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingAttachment:
    """A file that goes with a letter; `params` are further ones of its Content-Type, as method=REQUEST."""

    filename: str
    media_type: str
    content: bytes = field(repr=False)
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """A letter to one person. `from_`, `to` and `reply_to` are (name, address), the name may be "".

    Message ids with their angle brackets; `in_reply_to` and `references` come from other people's programs, so
    one that could not stand in a header is left out rather than keeping the letter back. `headers` are further
    ones, as Auto-Submitted. An attachment of type text/calendar with a `method` is also laid beside the text,
    where calendar programs look for invitations.
    """

    message_id: str
    from_: tuple[str, str]
    to: tuple[str, str]
    subject: str
    text: str = field(repr=False)
    html: str | None = field(default=None, repr=False)
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    reply_to: tuple[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[OutgoingAttachment, ...] = ()


class Letter(flask_mail.Message):
    """Flask-Mail's message, written so that every server and mail program takes it."""

    def _mimetext(self, text: str | None, subtype: str = "plain") -> MIMEText:
        """Quoted-printable keeps lines below the 998 bytes that SMTP allows; Flask-Mail sends them as they are."""
        charset = Charset("utf-8")
        charset.body_encoding = QP
        return MIMEText(text or "", _subtype=subtype, _charset=charset)  # type: ignore[arg-type]  # takes a Charset too

    def _message(self) -> MIMEBase:
        message: MIMEBase = super()._message()
        # The usual policy folds long References into encoded words, which breaks threads in mail programs.
        message.policy = SMTP.clone(refold_source="none", max_line_length=None)
        return message


def compose(message: OutgoingMessage) -> Letter:
    """The letter as Flask-Mail sends it; raises PermanentMailerError for headers that are not acceptable."""
    letter = Letter(
        subject=_line(message.subject),
        recipients=[_person(message.to)],
        sender=_person(message.from_),
        reply_to=_person(message.reply_to) if message.reply_to else None,
        body=message.text,
        html=message.html,
        extra_headers=_further_headers(message),
    )
    letter.msgId = _message_id(message.message_id)
    for attachment in message.attachments:
        _attach(letter, attachment)
    return letter


def _further_headers(message: OutgoingMessage) -> dict[str, str]:
    headers: dict[str, str] = {}
    if message.in_reply_to and _MESSAGE_ID.fullmatch(message.in_reply_to):
        headers["In-Reply-To"] = message.in_reply_to
    if references := [one for one in message.references if _MESSAGE_ID.fullmatch(one)]:
        # Mail programs need the first and the latest; a header of hundreds is refused by some servers.
        headers["References"] = "\n ".join(
            references if len(references) < 30 else references[:1] + references[-28:]
        )
    for name, value in message.headers.items():
        if (
            not _HEADER_NAME.fullmatch(name)
            or name.lower() in _OURS
            or name.lower().startswith(("content-", "mime-"))
        ):
            raise PermanentMailerError("a header of the letter has a name that is not allowed")
        headers[name] = flask_mail.sanitize_subject(_line(value))
    return headers


def _attach(letter: Letter, attachment: OutgoingAttachment) -> None:
    words = [*attachment.media_type.split("/"), *attachment.params.keys(), *attachment.params.values()]
    if attachment.media_type.count("/") != 1 or not all(_TOKEN.fullmatch(word) for word in words):
        raise PermanentMailerError("an attachment of the letter has an odd media type")
    params = "".join(f"; {name}={value}" for name, value in attachment.params.items())
    media_type = attachment.media_type + params
    if attachment.media_type == "text/calendar" and "method" in attachment.params:
        letter.alts["calendar" + params] = attachment.content.decode("utf-8")
        # The same again as a file, under another type, lest a program shows the invitation twice.
        media_type = "application/ics"
    letter.attach(_line(attachment.filename), media_type, attachment.content)


def _person(person: tuple[str, str]) -> str:
    """A header's "Name <address>". Flask-Mail would take a comma in a bare name for the end of an address."""
    name, address = _line(person[0]), person[1]
    if not _ADDRESS.fullmatch(address) or len(address) > 254:
        raise PermanentMailerError("an address of the letter is not acceptable")
    address = _ascii_domain(address)
    # Flask-Mail itself encodes a name that is not ASCII; encoded here it would be encoded twice.
    return f'"{quote(name)}" <{address}>' if name else address


def _ascii_domain(address: str) -> str:
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        raise PermanentMailerError("an address of the letter is not acceptable") from None


def _message_id(text: str) -> str:
    if not _MESSAGE_ID.fullmatch(text):
        raise PermanentMailerError("a message id of the letter is not acceptable")
    return text


def _line(text: str) -> str:
    """A header's text as it is, refused when it could begin another header."""
    if any(ord(letter) < 32 or letter in "\x7f\x85\u2028\u2029" for letter in text):
        raise PermanentMailerError("a header of the letter holds a line break")
    return text
