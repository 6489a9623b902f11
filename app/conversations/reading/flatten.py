"""A parsed mail as bytes again, as near to how it came as the parser allows.

The standard library's generator raises on some mails that its own parser accepts, and refolds headers.
"""

from email.message import Message
from typing import Any

from app.conversations.reading.aside import Aside


def as_bytes(part: "Message[str, str]") -> bytes:
    """The headers as they stood and everything below them."""
    return _whole(part, _as_parsed(part))


def content_bytes(part: "Message[str, str]") -> bytes:
    """What stands in the mail as a part's content, its transfer encoding not yet undone."""
    return _whole(part, kept_bytes(untouched(part)))


def epilogue_bytes(part: "Message[str, str]") -> bytes:
    """What stands after the last part of a multipart."""
    return _whole(part, kept_bytes(part.epilogue))


def untouched(part: "Message[str, str]") -> Any:
    """What the parser made of a part's content: its parts, or text that `kept_bytes` turns into its bytes.

    get_payload() would decode by the charset that the part claims, replace what does not fit, or raise.
    """
    return part._payload  # type: ignore[attr-defined]  # not public, see above for why it is read


def kept_bytes(text: object) -> bytes:
    """The bytes that the parser keeps as text with surrogates; b"" for anything else."""
    return text.encode("utf-8", "surrogateescape") if isinstance(text, str) else b""


def _whole(part: "Message[str, str]", raw: bytes) -> bytes:
    aside: Aside | None = getattr(part.policy, "aside", None)
    return aside.whole(raw) if aside else raw


def _as_parsed(part: "Message[str, str]") -> bytes:
    nl = part.policy.linesep.encode()
    headers = b"".join(kept_bytes(f"{name}: {value}") + nl for name, value in part.raw_items())
    return headers + nl + _body(part, nl)


def _body(part: "Message[str, str]", nl: bytes) -> bytes:
    payload = untouched(part)
    if not isinstance(payload, list):
        return kept_bytes(payload)
    children = [_as_parsed(child) for child in payload if isinstance(child, Message)]
    if part.get_content_maintype() != "multipart":
        return nl.join(children)
    mark = b"--" + kept_bytes(part.get_boundary() or "")
    opened = b"".join(mark + nl + child + nl for child in children)
    preamble = kept_bytes(part.preamble)
    return (preamble + nl if preamble else b"") + opened + mark + b"--" + nl + kept_bytes(part.epilogue)
