"""Who sent a mail: whether it comes from whom it says (RFC 8601), and whether it is somebody we answer."""

from __future__ import annotations

import re

from flask import current_app

from app.conversations.models import Message
from app.conversations.reading import ReadMessage
from app.letters.queue import can_receive

_COMMENT = re.compile(r"\([^()]*\)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_PLAIN = re.compile(r"[\w@.+/=:-]*")


def address_of(read: ReadMessage) -> str:
    """The one address the mail says it is from, "" when it names none or several."""
    return read.from_[0].address if len(read.from_) == 1 else ""


def sender_verified(read: ReadMessage, authserv_id: str) -> bool:
    """True when our own server found SPF, DKIM or DMARC to vouch for the sender's domain. In doubt False, never refused.

    Only the topmost header can be our server's; anything below it was there when the mail arrived, so anybody may
    have written it. Without an `authserv_id` (setting MAIL_AUTHSERV_ID) nothing is believed.
    """
    domain = address_of(read).rpartition("@")[2].lower()
    if not authserv_id or not domain or not read.authentication_results:
        return False
    server, *results = _without_quotations(read.authentication_results[0]).split(";")
    if server.split()[:1] != [authserv_id]:
        return False
    return any(_vouches(result, domain) for result in results)


def answerable(message: Message) -> bool:
    """True for a mail of a person at an address that is not one of ours."""
    ours = is_ours(message.from_address)
    return message.automatic is None and not ours and can_receive(message.conversation.address)


def is_ours(address: str) -> bool:
    """Whether letters of the desk itself come from this address."""
    settings = current_app.extensions["desk_settings"]
    return address.lower() in (settings.support_address.lower(), settings.activation_sender.lower())


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
    method, *properties = result.lower().split() or [""]
    values = dict(one.partition("=")[::2] for one in properties)
    if method == "dmarc=pass":
        return values.get("header.from", domain).strip('"') == domain
    if method == "dkim=pass":
        return _aligned(values.get("header.d", values.get("header.i", "")), domain)
    return method == "spf=pass" and _aligned(values.get("smtp.mailfrom", ""), domain)


def _aligned(vouched: str, domain: str) -> bool:
    """The same domain, or one that the vouched one contains, as DMARC's relaxed alignment has it (RFC 7489, 3.1)."""
    vouched = vouched.strip('"').rpartition("@")[2]
    return "." in vouched and (domain == vouched or domain.endswith(f".{vouched}"))
