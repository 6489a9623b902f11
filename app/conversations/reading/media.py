"""What a file really is, by its first bytes, for the kinds that matter to a dossier."""

_HEIC = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
# ZIP, winmail.dat and old Office files may begin with a PDF inside them.
_OTHERS = (b"PK\x03\x04", b"\x78\x9f\x3e\x22", b"\xd0\xcf\x11\xe0")
_UNSAID = {
    "application/octet-stream", "binary/octet-stream", "application/binary", "application/unknown",
    "application/x-unknown", "application/download", "application/x-download", "application/force-download",
    "application/x-octet-stream", "octet/stream", "text/plain",
}  # fmt: skip
_ALSO_CALLED = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/jfif": "image/jpeg",
    "image/x-png": "image/png",
    "image/heif": "image/heic",
    "image/heic-sequence": "image/heic",
    "application/x-pdf": "application/pdf",
    "application/acrobat": "application/pdf",
    "text/pdf": "application/pdf",
    "application/x-zip-compressed": "application/zip",
}


def media_type(content: bytes, claimed: str) -> str:
    """The media type of a file: from its content for PDF, JPEG, PNG and HEIC, else what the mail claims."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        return "image/heic"
    # Scanners put a few bytes before the mark, and PDF readers allow for 1,024.
    if (
        b"%PDF-" in content[:1024]
        and not content.startswith(_OTHERS)
        and not claimed.startswith(("text/", "message/"))
    ):
        return "application/pdf"
    return claimed


def is_a_lie(claimed: str, kind: str) -> bool:
    """True when a mail says something else about a file than its content, and not just nothing or the same in other words."""
    return kind != claimed and claimed not in _UNSAID and _ALSO_CALLED.get(claimed) != kind
