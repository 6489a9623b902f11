"""S/MIME mails whose content stands inside the signature (RFC 8551, 3.5.2): `smime.p7m` opened without checking who signed.

Whether to believe the sender is decided elsewhere; here nothing is lost. The file itself is kept too.
"""

from app.conversations.reading.charsets import Notes
from app.conversations.reading.inside import Inside
from app.conversations.reading.transfer import base64_bytes

ENCRYPTED = "an encrypted mail, which cannot be read here"
UNREADABLE = "a signed mail that cannot be opened, kept as it is"
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_ENVELOPES = tuple(
    bytes.fromhex(kind)
    for kind in ("06092a864886f70d010703", "06092a864886f70d010706", "060b2a864886f70d0109100117")
)
_DATA = bytes.fromhex("06092a864886f70d010701")
_OCTETS, _OCTETS_IN_PIECES, _WRAPPED = 0x04, 0x24, 0xA0
_DEEPEST = 8


def unwrapped(content: bytes, notes: Notes) -> Inside | None:
    """The mail inside a signed one; None, with a defect, when it is encrypted or cannot be opened."""
    if content.lstrip().startswith((b"MI", b"-----BEGIN")):
        content = base64_bytes(b"".join(line for line in content.splitlines() if b"-----" not in line), notes)
    head = content[:60]
    if any(kind in head for kind in _ENVELOPES):
        notes.add(ENCRYPTED)
        return None
    try:
        inner = _signed_content(content) if _SIGNED_DATA in head else b""
    except (ValueError, IndexError, RecursionError):
        inner = b""
    if not inner:
        notes.add(UNREADABLE)
        return None
    return Inside(mails=[inner])


def _signed_content(der: bytes) -> bytes:
    """The octets of encapContentInfo.eContent (RFC 5652, 5.2), also in the indefinite lengths of BER."""
    at = der.index(_DATA) + len(_DATA)
    kind, begin, end = _header(der, at)
    if kind != _WRAPPED:
        return b""
    kind, begin, end = _header(der, begin)
    return _octets(der, kind, begin, end, 0)[0]


def _header(der: bytes, at: int) -> tuple[int, int, int | None]:
    """Tag, where the value begins and where it ends; None for an indefinite length."""
    kind, length, begin = der[at], der[at + 1], at + 2
    if length == 0x80:
        return kind, begin, None
    if length & 0x80:
        count = length & 0x7F
        if count > 4:
            raise ValueError
        length, begin = int.from_bytes(der[begin : begin + count], "big"), begin + count
    if begin + length > len(der):
        raise ValueError
    return kind, begin, begin + length


def _octets(der: bytes, kind: int, begin: int, end: int | None, depth: int) -> tuple[bytes, int]:
    """The octets of a string that may be cut into pieces, and where it ends."""
    if kind == _OCTETS and end is not None:
        return der[begin:end], end
    if kind != _OCTETS_IN_PIECES or depth > _DEEPEST:
        raise ValueError
    pieces: list[bytes] = []
    at = begin
    while at < len(der) if end is None else at < end:
        if end is None and der[at : at + 2] == b"\0\0":
            return b"".join(pieces), at + 2
        piece, at = _octets(der, *_header(der, at), depth + 1)
        pieces.append(piece)
    return b"".join(pieces), at
