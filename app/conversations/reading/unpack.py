"""What hides inside the files of a mail: archives, winmail.dat, mails kept as plain files, signed mails."""

import re

from app.conversations.reading import archives, locked, signed, tnef
from app.conversations.reading.charsets import Notes
from app.conversations.reading.inside import Inside
from app.conversations.reading.message import Attachment

_SIGNED = {"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pkcs7-signature+mime"}
# A mail begins with some of these; a text about mails hardly does.
_MAIL = re.compile(
    rb"\s{0,20}(?:From [^\n]{1,200}\n)?(?:Received|Return-Path|Delivered-To|From|To|Cc|Date|Subject|Message-ID|Reply-To"
    rb"|MIME-Version|Content-Type|DKIM-Signature|X-[\w-]{1,60}|ARC-[\w-]{1,60}):[^\n]*\n(?:[ \t][^\n]*\n)*"
    rb"(?:[\w-]{2,60}:[^\n]*\n(?:[ \t][^\n]*\n)*){2}",
    re.IGNORECASE,
)
_MAY_BE_MAIL = (
    "application/octet-stream",
    "text/plain",
    "application/x-eml",
    "application/eml",
    "message/x-eml",
)


def unpacked(file: Attachment, notes: Notes) -> Inside | None:
    """What the file holds inside, None when it is just a file. What cannot be opened is noted as a defect."""
    content, kind, name = file.content, file.media_type, file.filename.lower()
    if content.startswith(tnef.MARK):
        return tnef.opened(content, notes)
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")) or (kind == "application/zip" and content):
        return archives.unzipped(content, notes)
    if kind in _SIGNED or name.endswith((".p7m", ".p7z")):
        return signed.unwrapped(content, notes)
    if name.endswith(".eml") and (kind in _MAY_BE_MAIL) and _MAIL.match(content):
        return Inside(mails=[content])
    if locked.locked(content):
        notes.add(locked.LOCKED)
    elif locked.unknown_archive(content):
        notes.add(locked.UNKNOWN_ARCHIVE)
    elif kind in ("application/pgp-encrypted", "application/x-pgp-encrypted"):
        notes.add(signed.ENCRYPTED)
    return None
