"""What one person gets when a mail's papers are split, and what is missing in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from app.conversations.models import Conversation
from app.conversations.parties import PartyRole, parties_of
from app.dossiers.address import own_address
from app.kernel.errors import InvalidInput, Refused
from app.kernel.forms import CONTROL
from app.letters.queue import can_receive

LONGEST_NAME = 200


@dataclass(frozen=True, kw_only=True)
class Part:
    """One person's share: the keys of their files, and their dossier's id, or None for a new one.

    A new one needs the applicant's `name`; `email` is the applicant's own address, "" while nobody knows it.
    `sender` says that whoever wrote the mail is this very applicant, so that their address is the sender's.
    """

    letter: str
    files: tuple[str, ...]
    dossier_id: int | None = None
    name: str = ""
    email: str = ""
    sender: bool = False


def checked_parts(conversation: Conversation, parts: Sequence[Part]) -> list[Part]:
    """The parts tidied, or InvalidInput with a sentence that names the part's letter."""
    wanted = [_checked(conversation, part) for part in parts if part.files or part.name.strip()]
    if not wanted:
        raise InvalidInput(_("Give at least one file to a dossier."))
    emails = [part.email for part in wanted if part.email]
    targets = [part.dossier_id for part in wanted if part.dossier_id is not None]
    if len(set(emails)) < len(emails) or len(set(targets)) < len(targets):
        raise InvalidInput(_("Two of the dossiers would be the same one. Put their files together."))
    if sum(part.sender for part in wanted) > 1:
        raise InvalidInput(_("Only one of the applicants can be the sender of the mail."))
    return wanted


def _checked(conversation: Conversation, part: Part) -> Part:
    if not part.files:
        raise InvalidInput(_("%(letter)s: no file is given to this dossier.", letter=part.letter))
    if part.dossier_id is not None:
        return Part(letter=part.letter, files=part.files, dossier_id=part.dossier_id)
    name = " ".join(part.name.split())
    if not name or len(name) > LONGEST_NAME or CONTROL.search(name):
        raise InvalidInput(_("%(letter)s: please enter the applicant's name.", letter=part.letter))
    return Part(
        letter=part.letter, files=part.files, name=name, email=_email(conversation, part), sender=part.sender
    )


def _email(conversation: Conversation, part: Part) -> str:
    """The applicant's own address in lower case; the sender's only when the sender is the applicant."""
    if part.sender:
        if not can_receive(conversation.address):
            raise InvalidInput(_("This mail names no address that an answer could go to."))
        return conversation.address.lower()
    if not part.email.strip():
        return ""
    try:
        email = own_address(part.email)
    except (InvalidInput, Refused) as refusal:
        raise InvalidInput(f"{part.letter}: {refusal.message}") from None
    others = {one.address for one in parties_of(conversation) if one.role != PartyRole.SELF}
    if email in others | {conversation.address.lower()}:
        raise InvalidInput(
            _(
                "%(letter)s: this address sent the mail on somebody's behalf. Personal links go to the applicant's own "
                "address only: enter that, leave it empty, or say that the sender is this applicant.",
                letter=part.letter,
            )
        )
    return email
