"""Which files of a mail look like a dossier's papers."""

from __future__ import annotations

import re

from app.conversations.reading import Attachment, ReadMessage, visible_text
from app.documents.add import MOST_BYTES
from app.documents.guess import guess_kind
from app.documents.kinds import DocumentKind

# What a camera, a scanner or a phone makes of a paper.
_PAPER_TYPES = frozenset(
    ["application/pdf", "image/jpeg", "image/png", "image/heic", "image/heif", "image/tiff", "image/webp"]
)
# A picture inside the text that is smaller than this is a logo in a signature, not a photograph of a passport.
_SMALLEST_INLINE = 30_000
_ENROLMENT = re.compile(
    r"passport|paspor|kitas|kitap|regist|enrol|pendaftaran|mendaftar|daftar akun", re.IGNORECASE
)


def looks_like_paper(file: Attachment) -> bool:
    """True for a file named like one of the papers, or of a type that a paper would have, which a dossier can take."""
    if not 0 < len(file.content) <= MOST_BYTES:
        return False
    kind, _words = guess_kind(file.filename, file.media_type)
    if kind != DocumentKind.OTHER:
        return True
    return file.media_type in _PAPER_TYPES and (not file.inline or len(file.content) >= _SMALLEST_INLINE)


def begins_enrolment(read: ReadMessage) -> bool:
    """True when the mail brings a paper known by its name, or several that could be, or one and says what it is for."""
    papers = [file for file in read.attachments if looks_like_paper(file)]
    if len(papers) > 1:
        return True
    named = any(guess_kind(file.filename, file.media_type)[0] != DocumentKind.OTHER for file in papers)
    words = f"{read.subject}\n{visible_text(read.text)[0]}"
    return bool(papers) and (named or _ENROLMENT.search(words) is not None)
