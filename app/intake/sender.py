"""Who sent a mail: whether it comes from whom it says (RFC 8601), and whether it is somebody we answer."""

from __future__ import annotations

import re
from dataclasses import replace

from flask import current_app

from app.conversations.models import Message
from app.conversations.reading import ReadMessage
from app.letters.addresses import is_ours
from app.letters.queue import can_receive
from app.letters.thread import is_letter_of_ours

_COMMENT = re.compile(r"\([^()]*\)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_PLAIN = re.compile(r"[\w@.+/=:-]*")
# White space may stand around these (RFC 8601, 2.2), and a version behind a method's name: dkim/1 = pass.
_LOOSE = re.compile(r"\s*=\s*")
_VERSION = re.compile(r"^(\w+)\s*/\s*\d+(?==)")


def address_of(read: ReadMessage) -> str:
    """The one address the mail says it is from, "" when it names none or several."""
    return read.from_[0].address if len(read.from_) == 1 else ""


def is_verified(read: ReadMessage) -> bool:
    """Whether our own receiving server vouches for the sender."""
    return sender_verified(read, current_app.extensions["desk_settings"].mail_authserv_id)


def sender_verified(read: ReadMessage, authserv_id: str) -> bool:
    """True when our own server found SPF, DKIM or DMARC to vouch for the sender's domain. In doubt False, never refused.

    Only the topmost header can be our server's; anything below it was there when the mail arrived, so anybody may
    have written it. Nor is a chain of others' findings believed (ARC, RFC 8617). Without an `authserv_id` (setting
    MAIL_AUTHSERV_ID) nothing is.
    """
    domain = address_of(read).rpartition("@")[2].lower()
    if not authserv_id or not domain or not read.authentication_results:
        return False
    server, *results = _without_quotations(read.authentication_results[0]).split(";")
    # Names of hosts have no case; behind ours may stand the version of the header's grammar.
    if server.lower().split()[:1] != [authserv_id.lower()]:
        return False
    return any(_vouches(result, domain) for result in results)


def answerable(message: Message) -> bool:
    """True for a mail of a person at an address that is not one of ours."""
    return (
        message.automatic is None
        and not is_ours(message.from_address)
        and can_receive(message.conversation.address)
    )


def as_it_came_back(read: ReadMessage) -> ReadMessage:
    """A letter of our own that came back to us, through a list or a forwarding, is a machine's: it is never answered."""
    ours = read.message_id is not None and is_letter_of_ours(read.message_id)
    return replace(read, automatic="auto-reply") if ours and read.automatic is None else read


def _without_quotations(header: str) -> str:
    """The header without comments and odd quoted strings; "" when what is left could still be read in two ways.

    Our server quotes the sender in it: "x; dmarc=pass header.from=bank.example"@evil.example is a legal address.
    """
    text = _QUOTED.sub(lambda found: found[1] if _PLAIN.fullmatch(found[1]) else "?", header)
    while _COMMENT.search(text):
        text = _COMMENT.sub(" ", text)
    return "" if re.search(r'["()\\]', text) else text


def _vouches(result: str, domain: str) -> bool:
    """Whether one method passed for the domain that people see in the From line."""
    method, *properties = _VERSION.sub(r"\1", _LOOSE.sub("=", result.strip().lower())).split() or [""]
    values = dict(one.partition("=")[::2] for one in properties)
    if len(values) != len(properties):
        # Something said twice can be read in two ways.
        return False
    if method == "dmarc=pass":
        return values.get("header.from", domain) == domain
    if method == "dkim=pass":
        return _aligned(values.get("header.d", values.get("header.i", "")), domain)
    return method == "spf=pass" and _aligned(values.get("smtp.mailfrom", ""), domain)


def _aligned(vouched: str, domain: str) -> bool:
    """The same domain, or one that the vouched one contains, as DMARC's relaxed alignment has it (RFC 7489, 3.1)."""
    vouched = vouched.rpartition("@")[2]
    return "." in vouched and (domain == vouched or domain.endswith(f".{vouched}"))
