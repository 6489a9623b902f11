"""What can be wrong with a letter, as a code in its row and a sentence on the screen."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext

TOO_MANY = "too_many"
REFUSED = "refused"
UNREACHABLE = "unreachable"
INTERRUPTED = "interrupted"
BOUNCED = "bounced"
PERHAPS_BOUNCED = "perhaps_bounced"
FILES = "files"

_SENTENCES = {
    BOUNCED: lazy_gettext("It came back: it could not be delivered. Check the address."),
    FILES: lazy_gettext("A file that goes with it cannot be read any more. Write again without it."),
    PERHAPS_BOUNCED: lazy_gettext(
        "A mail server reports that a letter to this address came back, without saying which. Check the address."
    ),
    TOO_MANY: lazy_gettext(
        "Held back: too many automatic letters to this address within an hour or a day. "
        "That is often two machines answering each other."
    ),
    REFUSED: lazy_gettext("The mail server refused it. Check the address."),
    UNREACHABLE: lazy_gettext("The mail server could not take it."),
    INTERRUPTED: lazy_gettext(
        "The desk was interrupted while sending, so the letter may or may not have left. "
        "It is not sent again by itself."
    ),
}


def sentence(problem: str | None) -> str:
    """The sentence for a stored problem such as 'refused 550 5.1.1'; empty for none."""
    if not problem:
        return ""
    code, _space, answer = problem.partition(" ")
    said = str(_SENTENCES.get(code, ""))
    if not said:
        return problem
    return _("%(sentence)s (Its answer: %(answer)s)", sentence=said, answer=answer) if answer else said
