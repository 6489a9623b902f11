"""What a file is, by its first bytes; its name and the sender's word do not count."""

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
UNKNOWN = "application/octet-stream"


def media_type(content: bytes) -> str:
    """One of PDF, JPEG, PNG, or UNKNOWN."""
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    # Readers allow up to a kilobyte of anything before the header (PDF 1.7, appendix H, note 13).
    return PDF if b"%PDF-" in content[:1024] else UNKNOWN
