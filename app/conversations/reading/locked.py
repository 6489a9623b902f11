"""Files that nobody can open without a password: the applicant has to be asked for one without."""

import re

from app.conversations.reading.pdf_lock import needs_password

LOCKED = "a file with a password, which cannot be opened"
UNKNOWN_ARCHIVE = "an archive of a kind that is not opened here, kept as it is"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_WORKBOOK = re.compile(rb"\x09\x08[\x08\x10]\x00")


def locked(content: bytes) -> bool:
    """True for a PDF or an Office document with a password; for ZIP archives see `archives`."""
    if content.startswith(_OLE):
        return _ENCRYPTED_PACKAGE in content or _old_word(content) or _old_excel(content)
    return b"%PDF-" in content[:1024] and needs_password(content)


def unknown_archive(content: bytes) -> bool:
    """RAR and 7z, for which there is no reader that we would trust with hostile files."""
    return content.startswith((b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c"))


def _old_word(content: bytes) -> bool:
    """The flag fEncrypted of a .doc's first block (MS-DOC 2.5.2), where Word puts it: in the first sector."""
    return content[512:514] == b"\xec\xa5" and bool(content[523:524] and content[523] & 1)


def _old_excel(content: bytes) -> bool:
    """A record FilePass soon after the beginning of a .xls (MS-XLS 2.4.117)."""
    begin = _WORKBOOK.match(content, 512)
    at = 512 if begin else len(content)
    for _ in range(10):
        kind, length = content[at : at + 2], int.from_bytes(content[at + 2 : at + 4], "little")
        if kind == b"\x2f\x00":
            return True
        at += 4 + length
    return False
