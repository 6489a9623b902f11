"""The few DER elements (X.690) that `cryptography` has no public builder for."""

from __future__ import annotations

INTEGER, OCTET_STRING, UTF8_STRING, SEQUENCE = 0x02, 0x04, 0x0C, 0x30


def encode(tag: int, *parts: bytes) -> bytes:
    """One element: a tag octet, the length in its shortest form, the parts joined. At most 65535 octets."""
    content = b"".join(parts)
    size = len(content).to_bytes(2, "big").lstrip(b"\0") or b"\0"
    return bytes([tag]) + (size if len(content) < 0x80 else bytes([0x80 | len(size)]) + size) + content


def integer(number: int) -> bytes:
    """A non-negative INTEGER in its shortest form."""
    return encode(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))
