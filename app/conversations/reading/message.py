"""What reading a mail gives: plain, frozen values."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Automatic = Literal["auto-reply", "bounce", "list", "calendar"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A name and an address as the mail gives them. Either may be "", never both."""

    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file in the mail.

    `filename` is what a person would see, made safe: no path, no control or direction characters, at most 120
    characters, never empty. `media_type` comes from the content for PDF, JPEG, PNG and HEIC, else from the
    mail. `sha256` is in hex. `inline` means shown inside the text rather than beside it.
    """

    filename: str
    media_type: str
    content: bytes = field(repr=False)
    sha256: str
    inline: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """What a mail server says about a letter that it could not deliver, or delivers late (RFC 3464).

    `recipient`, `status` ("5.1.1"), `action` ("failed", "delayed", "delivered") and `diagnostic` are ""
    where the report is silent. `message_id` is that of the letter, with its angle brackets, when the report
    encloses it.
    """

    recipient: str
    status: str
    action: str
    diagnostic: str
    message_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarReply:
    """What a calendar program answers to an invitation (RFC 5546).

    `uid` is that of the invitation. `answer` is the attendee's PARTSTAT in small letters ("accepted", "declined",
    "tentative", "delegated", "needs-action"), "counter" when another time is proposed, "" when it is not said. `attendee`
    is an address, `comment` what the person wrote along; either may be "".
    """

    uid: str
    answer: str
    attendee: str
    comment: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMessage:
    """A mail, read. Text holds no NUL, no lone surrogate and no other control character than tab and newline.

    Message ids keep their angle brackets. `sent_at` is aware UTC, None when the mail does not say or talks
    nonsense. `text` is the readable text of the whole mail, made from the HTML where there is no text.
    `html` is cleaned and loads nothing from afar. `authentication_results` are the raw headers of that
    name, topmost first: only the topmost may come from our own server, which the caller must check.
    `automatic` is None for a person's mail. `defects` says in English what was wrong with the mail; it
    holds nothing of what the mail says.
    """

    message_id: str | None
    in_reply_to: str | None
    references: tuple[str, ...]
    from_: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    subject: str
    sent_at: datetime | None
    text: str = field(repr=False)
    html: str | None = field(repr=False)
    attachments: tuple[Attachment, ...]
    automatic: Automatic | None
    bounce: Bounce | None
    authentication_results: tuple[str, ...]
    defects: tuple[str, ...]
    calendar_reply: CalendarReply | None = None
