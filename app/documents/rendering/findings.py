"""What the renderer noticed about a file, as codes with a plain sentence for each."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext


def N_(english: str) -> str:  # noqa: N802 - the name by which Babel finds strings that are translated later
    """Mark a string for the catalogues and leave it as it is."""
    return english


ENGLISH = {
    "empty": N_("The file is empty."),
    "unsupported": N_("The file is not a PDF, JPEG or PNG, so its pages cannot be shown."),
    "too_big": N_("The file is too big to be shown."),
    "too_many_pixels": N_("The picture is too large to be opened safely."),
    "too_many_pages": N_("The file has more pages than are shown; only the first ones are here."),
    "password_protected": N_("The file is protected by a password, so its pages cannot be shown."),
    "broken": N_("The file is damaged or incomplete, so its pages cannot be shown."),
    "page_broken": N_("A page of the file is damaged and is not shown."),
    "timeout": N_("The file took too long to draw; pages may be missing."),
    "memory": N_("The file needs too much memory to draw; pages may be missing."),
    "crashed": N_("The file made the page renderer fail; pages may be missing."),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A code of ENGLISH and its English sentence, for records; screens use `sentence(code)`."""

    code: str
    text: str


def finding(code: str) -> Finding:
    """The finding with this code. Raises KeyError for a code that does not exist."""
    return Finding(code, ENGLISH[code])


def sentence(code: str) -> Any:
    """The sentence of a code in the reader's language, looked up when it is shown."""
    return lazy_gettext(ENGLISH[code])
