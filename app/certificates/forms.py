"""What the owner hands in."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf.file import FileField
from wtforms import TextAreaField

from app.certificates.proof import MAXIMUM_OCTETS
from app.kernel.forms import DeskForm


class KeyForm(DeskForm):
    """A certificate request, as text or as a file; the file wins."""

    csr = TextAreaField(lazy_gettext("Certificate request"))
    file = FileField()

    def request(self) -> bytes:
        """The request's bytes; one more than may be, so that a larger file is refused and not cut."""
        if self.file.data:
            return bytes(self.file.data.read(MAXIMUM_OCTETS + 1))
        return (self.csr.data or "").encode()
