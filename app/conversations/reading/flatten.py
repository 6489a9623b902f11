"""A parsed mail as bytes again, as near to how it came as the parser allows.

The standard library's generator raises on some mails that its own parser accepts, and refolds headers.
"""

from email.message import Message
from typing import Any


def as_bytes(part: "Message[str, str]") -> bytes:
    """The headers as they stood and everything below them."""
    nl = part.policy.linesep.encode()
    headers = b"".join(kept_bytes(f"{name}: {value}") + nl for name, value in part.raw_items())
    return headers + nl + _body(part, nl)


def untouched(part: "Message[str, str]") -> Any:
    """What the parser made of a part's content: its parts, or text that `kept_bytes` turns into its bytes.

    get_payload() would decode by the charset that the part claims, replace what does not fit, or raise.
    """
    return part._payload  # type: ignore[attr-defined]  # not public, see above for why it is read


def kept_bytes(text: object) -> bytes:
    """The bytes that the parser keeps as text with surrogates; b"" for anything else."""
    return text.encode("utf-8", "surrogateescape") if isinstance(text, str) else b""


def _body(part: "Message[str, str]", nl: bytes) -> bytes:
    payload = untouched(part)
    if not isinstance(payload, list):
        return kept_bytes(payload)
    children = [as_bytes(child) for child in payload if isinstance(child, Message)]
    if part.get_content_maintype() != "multipart":
        return nl.join(children)
    mark = b"--" + kept_bytes(part.get_boundary() or "")
    opened = b"".join(mark + nl + child + nl for child in children)
    preamble = kept_bytes(part.preamble)
    return (preamble + nl if preamble else b"") + opened + mark + b"--" + nl + kept_bytes(part.epilogue)
