"""Content-Transfer-Encoding undone, keeping every byte that can be kept."""

import binascii
import re

from app.conversations.reading.charsets import Notes

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_NOT_BASE64 = bytes(set(range(256)) - set(_BASE64))
_NO_FAULT = b" \t\r\n"


def body_bytes(raw: bytes, encoding: str, notes: Notes) -> bytes:
    """The content of a part from what stands in the mail. An unknown encoding leaves it as it is."""
    encoding = _spelling(encoding)
    if encoding == "base64":
        return base64_bytes(raw, notes)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(raw)
    if encoding in ("x-uuencode", "uuencode", "uue", "x-uue"):
        return _uuencoded(raw, notes)
    if encoding not in ("", "7bit", "8bit", "binary"):
        notes.add("unknown transfer encoding")
    return raw


def _spelling(encoding: str) -> str:
    """The encoding's name as the standards write it: 7-bit, 8bits and base64; are seen too."""
    name = re.split(r"[;,\s(]", encoding.strip().strip("\"'").lower())[0]
    return {
        "7-bit": "7bit",
        "8-bit": "8bit",
        "7bits": "7bit",
        "8bits": "8bit",
        "quoted_printable": "quoted-printable",
    }.get(name, name)


def base64_bytes(raw: bytes, notes: Notes) -> bytes:
    """Base64 read tolerantly: strangers among its letters are skipped, what follows a padding is read too."""
    dense = raw.translate(None, _NO_FAULT)
    try:
        return binascii.a2b_base64(dense, strict_mode=True)
    except binascii.Error:
        return _broken_base64(dense, notes)


def _broken_base64(dense: bytes, notes: Notes) -> bytes:
    letters = dense.translate(None, _NOT_BASE64)
    if len(letters) != len(dense):
        notes.add("broken base64")
    # Python's decoder silently stops at the first padding; some programs join several encoded pieces.
    runs = [run for run in re.split(b"=+", letters) if run]
    if len(runs) > 1:
        notes.add("base64 that goes on after its padding")
    return b"".join(_base64_run(run, notes) for run in runs)


def _base64_run(run: bytes, notes: Notes) -> bytes:
    if len(run) % 4 == 1:
        notes.add("broken base64")
        run = run[:-1]
    return binascii.a2b_base64(run + b"=" * (-len(run) % 4))


def _uuencoded(raw: bytes, notes: Notes) -> bytes:
    lines = raw.splitlines()
    start = next((place for place, line in enumerate(lines) if line.startswith(b"begin ")), None)
    if start is None:
        notes.add("uuencoded content without a beginning")
        return raw
    out = []
    for line in lines[start + 1 :]:
        if line.strip() == b"end":
            break
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            notes.add("broken uuencoding")
    return b"".join(out)
