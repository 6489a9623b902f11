"""Does a PDF ask for a password? (ISO 32000-2, 7.6.4.)

Many papers of offices and banks are encrypted under the empty password, only to forbid printing: those open for anybody.
So the empty password is tried, with the document's own figures. No PDF library is let near a hostile file here.
"""

import hashlib
import re

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
_TRAILER = re.compile(rb"/Encrypt\s*(?:(\d{1,10})\s+(\d{1,5})\s+R|<<)")
_ID = re.compile(rb"/ID\s*\[\s*")
_HEX = re.compile(rb"<([0-9A-Fa-f\s]*)>")
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_LONGEST = 4_096


def needs_password(pdf: bytes) -> bool:
    """True when the empty password does not open the PDF. Encryption of an unknown kind counts as locked."""
    found = None
    for found in _TRAILER.finditer(pdf):  # noqa: B007  The last one counts: later versions of a file come later.
        pass
    if found is None:
        return False
    about = _dictionary(pdf, found)
    return bool(about) and not _opens(pdf, about)


def _dictionary(pdf: bytes, found: "re.Match[bytes]") -> bytes:
    if found[1] is None:
        return pdf[found.end() : found.end() + _LONGEST]
    # Looked for by its first digits, which is five times as fast as with a condition on what stands before them.
    for begin in re.finditer(rb"%s\s+%s\s+obj" % (found[1], found[2]), pdf):
        if not pdf[max(0, begin.start() - 1) : begin.start()].isdigit():
            return pdf[begin.end() : begin.end() + _LONGEST]
    return b""


def _opens(pdf: bytes, about: bytes) -> bool:
    revision, user = _number(about, b"R"), _string(about, re.search(rb"/U\s*", about))
    if revision in (5, 6) and len(user) >= 48:
        return _hash(user[32:40], revision) == user[:32]
    owner, first_id = _string(about, re.search(rb"/O\s*", about)), _string(pdf, _ID.search(pdf))
    if revision not in (2, 3, 4) or len(user) < 32:
        return False
    length = 5 if revision == 2 else max(5, min(16, (_number(about, b"Length") or 40) // 8))
    if revision == 4:
        length = 16
    rights = (_number(about, b"P") & 0xFFFFFFFF).to_bytes(4, "little")
    plain_metadata = (
        b"\xff\xff\xff\xff" if revision == 4 and re.search(rb"/EncryptMetadata\s+false", about) else b""
    )
    key = _md5(_PADDING + owner[:32] + rights + first_id + plain_metadata)[:length]
    if revision == 2:
        return _rc4(key, _PADDING) == user[:32]
    for _ in range(50):
        key = _md5(key)[:length]
    check = _md5(_PADDING + first_id)
    for step in range(20):
        check = _rc4(bytes(byte ^ step for byte in key), check)
    return check == user[:16]


def _hash(salt: bytes, revision: int) -> bytes:
    """Algorithm 2.B for the empty password."""
    key = hashlib.sha256(salt).digest()
    if revision == 5:
        return key
    for turn in range(400):
        encryptor = Cipher(algorithms.AES(key[:16]), modes.CBC(key[16:32])).encryptor()
        mixed = encryptor.update(key * 64)
        key = (hashlib.sha256, hashlib.sha384, hashlib.sha512)[sum(mixed[:16]) % 3](mixed).digest()
        if turn >= 63 and mixed[-1] <= turn - 31:
            break
    return key[:32]


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _rc4(key: bytes, data: bytes) -> bytes:
    """RC4, which the old revisions use; thirty-two bytes of it need no library."""
    state, other = list(range(256)), 0
    for place in range(256):
        other = (other + state[place] + key[place % len(key)]) % 256
        state[place], state[other] = state[other], state[place]
    out, place, other = bytearray(), 0, 0
    for byte in data:
        place = (place + 1) % 256
        other = (other + state[place]) % 256
        state[place], state[other] = state[other], state[place]
        out.append(byte ^ state[(state[place] + state[other]) % 256])
    return bytes(out)


def _number(about: bytes, name: bytes) -> int:
    found = re.search(rb"/%s\s+(-?\d{1,12})" % name, about)
    return int(found[1]) if found else 0


def _string(text: bytes, before: "re.Match[bytes] | None") -> bytes:
    """The string, in either notation, that stands right behind a match; b"" for none."""
    if before is None:
        return b""
    at = before.end()
    if encoded := _HEX.match(text, at):
        digits = re.sub(rb"\s", b"", encoded[1])
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
    return _literal(text[at : at + 600]) if text[at : at + 1] == b"(" else b""


def _literal(text: bytes) -> bytes:
    out, depth, at = bytearray(), 0, 0
    while at < len(text):
        one = text[at : at + 1]
        if one == b"\\":
            octal = re.match(rb"[0-7]{1,3}", text[at + 1 : at + 4])
            out += (
                bytes([int(octal[0], 8) & 255])
                if octal
                else _ESCAPES.get(text[at + 1 : at + 2], text[at + 1 : at + 2])
            )
            at += 1 + (len(octal[0]) if octal else 1)
            continue
        depth += (one == b"(") - (one == b")")
        if depth == 0:
            break
        if not (one == b"(" and depth == 1):
            out += one
        at += 1
    return bytes(out)
