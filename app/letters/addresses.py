"""Our own addresses: the plain ones, and the one that carries a conversation's signed token (subaddressing, RFC 5233)."""

from __future__ import annotations

import unicodedata

from flask import current_app

from app.kernel.tokens import sign, unsign

PURPOSE = "thread"
# What counts as a dot between the parts of a host's name (RFC 3490, 3.1).
_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")
# RFC 5321, 4.5.3.1.1: what a mail server need not take.
LONGEST_LOCAL_PART = 64


def reply_address(conversation_id: int | None) -> str:
    """Where an answer to a letter is to go: support+<token>@…, the plain address without a conversation.

    Plain as well where the mail provider knows no plus (setting SUPPORT_PLUS_ADDRESSING), or beyond 64 characters.
    """
    settings = current_app.extensions["desk_settings"]
    plain = str(settings.support_address)
    if conversation_id is None or not settings.support_plus_addressing:
        return plain
    local, _at, domain = plain.rpartition("@")
    marked = f"{local}+{conversation_token(conversation_id)}"
    return f"{marked}@{domain}" if len(marked) <= LONGEST_LOCAL_PART else plain


def conversation_written_to(address: str) -> int | None:
    """The conversation whose signed token an address of ours carries, else None."""
    tag = _tag(address, current_app.extensions["desk_settings"].support_address)
    return conversation_of_token(tag) if tag else None


def is_ours(address: str) -> bool:
    """Whether mail to this address comes to us, with or without a token in it: nobody is written to there."""
    settings = current_app.extensions["desk_settings"]
    ours = (settings.support_address, settings.activation_sender)
    return any(_tag(address, one) is not None for one in ours)


def conversation_token(conversation_id: int) -> str:
    """The conversation's number and our signature; letters, digits and a dot, in lower case."""
    return sign(PURPOSE, str(conversation_id))


def conversation_of_token(token: str) -> int | None:
    """The conversation that we signed, else None. In any case of letters: some systems change it on the way."""
    value = unsign(PURPOSE, token.lower())
    return int(value) if value and value.isascii() and value.isdecimal() else None


def _tag(address: str, ours: str) -> str | None:
    """What stands behind our address and a plus, "" for the plain address, None for somebody else's."""
    local, _at, domain = _plain(address).rpartition("@")
    own_local, _at, own_domain = ours.lower().rpartition("@")
    if domain != own_domain:
        return None
    if local == own_local:
        return ""
    return local[len(own_local) + 1 :] if local.startswith(f"{own_local}+") else None


def _plain(address: str) -> str:
    """The address as mail servers take it: wide letters and dots are plain ones, and what nobody sees is nothing."""
    told = unicodedata.normalize("NFKC", address.strip()).translate(_DOTS).lower()
    return "".join(one for one in told if unicodedata.category(one) != "Cf").rstrip(".")
