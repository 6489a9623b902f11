"""Why a message is in quarantine: a code in its row, a sentence on the screen; any other value is an error's type."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext

TOO_LARGE = "too_large"
GONE = "gone"
REFUSED = "refused"
GARBLED = "garbled"
BREAKS = "breaks"
STOPS = "stops"

# Messages of which we do not have the whole: another attempt has to fetch them from the mail server.
NOT_TAKEN_IN = (TOO_LARGE, GONE, REFUSED, GARBLED, BREAKS)

_SENTENCES = {
    TOO_LARGE: lazy_gettext(
        "Larger than the desk takes in. It lies in the mailbox; only its headers are here."
    ),
    GONE: lazy_gettext("Deleted from the mailbox before it could be fetched."),
    REFUSED: lazy_gettext("The mail server did not give it. It lies in the mailbox."),
    GARBLED: lazy_gettext(
        "The mail server gave something that cannot be understood. It lies in the mailbox."
    ),
    BREAKS: lazy_gettext("Fetching it breaks the connection every time. It lies in the mailbox."),
    STOPS: lazy_gettext("The desk was stopped each time it tried to read this message."),
}


def sentence(problem: str | None) -> str:
    """What the screen says."""
    known = _SENTENCES.get(problem or "")
    return str(known) if known else _("It could not be read (%(kind)s).", kind=problem or "?")
