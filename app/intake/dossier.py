"""What a mail means for a dossier: opens one, adds documents to it, tells the phone number, or nothing."""

from __future__ import annotations

from dataclasses import dataclass

from app.conversations.link import attach_to_dossier
from app.conversations.models import Message
from app.conversations.parties import PartyRole, agreed_to_be_the_person, party_of
from app.conversations.reading import Attachment, ReadMessage, phone_numbers, visible_text
from app.conversations.receive import add_attachments
from app.documents.add import File, add_documents
from app.dossiers import lifecycle
from app.dossiers.checklist import active_documents
from app.dossiers.edit import edit_applicant
from app.dossiers.find import is_own_address, open_dossier_of
from app.dossiers.models import Dossier
from app.dossiers.open import open_dossier
from app.dossiers.progress import progress
from app.intake.papers import begins_enrolment, looks_like_paper
from app.intake.sender import answerable
from app.kernel.actors import SYSTEM
from app.kernel.database import db, lock, use_case
from app.vault.models import StoredFile

LEFT_OUT = (
    "Its files were not put into the dossier: it could not be made sure that the applicant sent them, "
    "or the dossier takes no more."
)
TOO_MANY = "It holds more files than are kept one by one; the rest lies in the mail as it came."
# Nobody sends more papers; a mail of thousands would bury the dossier and keep the person's other mail waiting.
MOST_PAPERS, MOST_FILES = 30, 100
_TAKES_PAPERS = (*lifecycle.BEFORE_APPROVAL, lifecycle.EXPIRED)


@dataclass(frozen=True, kw_only=True)
class Filed:
    """What became of the mail: the dossier it changed, if any. `changed` asks for an acknowledgement."""

    dossier_id: int | None = None
    changed: bool = False


@use_case
def file_papers(message: Message, read: ReadMessage, *, proven: bool) -> Filed:
    """Put the mail's papers into the sender's dossier, opening one where they begin an enrolment; keep the other files.

    Papers go into a dossier only when its own address sent them, or one that an agent called the applicant's own, and
    that is sure: the mail answers a letter of ours to that very address (`proven`), or our mail server vouches for the
    sender. Anything else stays an attachment, with a remark for the agent.
    """
    if len(read.attachments) > MOST_FILES:
        message.defects = [*message.defects, TOO_MANY]
    said = visible_text(read.text)
    numbers = phone_numbers(f"{said.new}\n{said.signature}")
    dossier, opened = _dossier(message, read, numbers, sure=proven or message.sender_verified)
    if dossier is None:
        _keep(message, list(read.attachments[:MOST_FILES]))
        return Filed()
    added = _add_papers(dossier, message, read, there=set() if opened else _digests(dossier))
    told = not opened and _take_phone(dossier, numbers)
    if not added and not told:
        progress(dossier.id)
    return Filed(dossier_id=dossier.id, changed=opened or added > 0 or told)


def _dossier(
    message: Message, read: ReadMessage, numbers: list[str], *, sure: bool
) -> tuple[Dossier | None, bool]:
    """The dossier this mail may change, locked, and whether it was opened now."""
    if read.automatic is not None:
        return None, False
    conversation = message.conversation
    tied = conversation.dossier_id
    found = db.session.get(Dossier, tied) if tied else _dossier_of(message)
    shared = tied is None and found is None and _is_shared(message.from_address)
    if found is None and not shared:
        return _open(message, read, numbers)
    if found is None or not (_from_applicant(message, found) and sure and found.status in _TAKES_PAPERS):
        if read.attachments:
            message.defects = [*message.defects, LEFT_OUT]
        return None, False
    attach_to_dossier(conversation.id, found.id, actor=SYSTEM)
    return lock(Dossier, found.id), False


def _dossier_of(message: Message) -> Dossier | None:
    """The open dossier of the sender's address, or of the person whose own it is, as an agent said of nobody else."""
    found = open_dossier_of(message.from_address)
    if found is not None or _is_shared(message.from_address):
        return found
    return next((one for one in _agreed(message.from_address) if one.status in _TAKES_PAPERS), None)


def _is_shared(address: str) -> bool:
    """Whether an agent said of several people that this address is their own: a couple's papers look alike."""
    return len({one.person_id for one in _agreed(address)}) > 1


def _agreed(address: str) -> list[Dossier]:
    """The dossiers, newest first, whose person's own address this is, as an agent said."""
    keys = dict.fromkeys(one.dossier_id for one in agreed_to_be_the_person(address))
    found = (db.session.get(Dossier, key) for key in keys if key is not None)
    return [one for one in found if one is not None]


def _from_applicant(message: Message, dossier: Dossier) -> bool:
    """Whether the mail claims to come from the dossier's own address, or from one that an agent agreed to for it.

    In a conversation where that address takes part: a letter of ours to somebody else proves nothing about the applicant.
    """
    sender = message.from_address.lower()
    party = party_of(message.conversation, sender)
    if party is None or party.role != PartyRole.SELF:
        return False
    agreed = agreed_to_be_the_person(sender)
    return is_own_address(dossier, sender) or any(one.dossier_id == dossier.id for one in agreed)


def _open(message: Message, read: ReadMessage, numbers: list[str]) -> tuple[Dossier | None, bool]:
    conversation = message.conversation
    own = message.from_address.lower() == conversation.address.lower()
    if not (own and answerable(message) and begins_enrolment(read)):
        return None, False
    dossier = open_dossier(
        person=conversation.person,
        email=conversation.address,
        phone=numbers[0] if numbers else None,
        locale=conversation.person.locale,
        actor=SYSTEM,
    )
    attach_to_dossier(conversation.id, dossier.id, actor=SYSTEM)
    return dossier, True


def _add_papers(dossier: Dossier, message: Message, read: ReadMessage, *, there: set[str]) -> int:
    """Add the papers that are not `there` yet and keep the rest beside the message; how many were added."""
    papers: list[Attachment] = []
    others: list[Attachment] = []
    for file in read.attachments[:MOST_FILES]:
        # A mail program may send the same file along with every answer: then it is kept, and not reviewed again.
        new = len(papers) < MOST_PAPERS and looks_like_paper(file) and file.sha256 not in there
        (papers if new else others).append(file)
        there.add(file.sha256)
    add_documents(
        dossier.id,
        [File(content=one.content, filename=one.filename, media_type=one.media_type) for one in papers],
        source="mail",
        message_id=message.id,
        actor=SYSTEM,
    )
    _keep(message, others)
    return len(papers)


def _digests(dossier: Dossier) -> set[str]:
    """SHA-256 in hex of the files that count in the dossier."""
    files = [document.file_id for document in active_documents([dossier.id])[dossier.id]]
    found = db.session.query(StoredFile.sha256).filter(StoredFile.id.in_(files))
    return {bytes(digest).hex() for (digest,) in found}


def _take_phone(dossier: Dossier, numbers: list[str]) -> bool:
    """Fill in the phone number the applicant wrote, unless one is known."""
    if dossier.phone or not numbers or dossier.status not in lifecycle.BEFORE_APPROVAL:
        return False
    edit_applicant(dossier.id, values={"phone": numbers[0]}, actor=SYSTEM)
    return True


def _keep(message: Message, files: list[Attachment]) -> None:
    if files:
        add_attachments(message, files)
