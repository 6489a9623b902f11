"""Split the papers of one mail between several people's dossiers: HR wrote for five employees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _

from app.accounts.models import Person
from app.accounts.people import person_for
from app.audit.record import record
from app.conversations.link import attach_to_dossier
from app.conversations.models import Attachment, Conversation
from app.desk.into_dossier import make_document
from app.desk.split_files import FileHere, files_of, opened_by, version
from app.desk.split_parts import Part, checked_parts
from app.dossiers.acknowledge import acknowledge
from app.dossiers.address import give_dossier, open_own_conversation, refuse_taken
from app.dossiers.checklist import active_documents
from app.dossiers.makers import add_maker
from app.dossiers.merge import close_emptied, why_not_merge
from app.dossiers.models import Dossier
from app.dossiers.move import hold_dossiers, move_held, refuse_decided, settle
from app.dossiers.open import open_dossier
from app.kernel.actors import Actor
from app.kernel.database import db, fetch, lock, use_case
from app.kernel.errors import InvalidInput, NotFound, Stale
from app.kernel.permissions import Permission
from app.letters.queue import can_receive
from app.vault.keep import read


@dataclass
class _Work:
    """What the split has at hand: the held conversation, its files by key, and the dossiers it made of nothing."""

    conversation: Conversation
    files: Mapping[str, FileHere]
    actor: Actor
    given: frozenset[str]
    opened: list[Dossier] = field(default_factory=list)

    def file(self, key: str) -> FileHere:
        """The file with this key; NotFound for one of another conversation."""
        if key not in self.files:
            raise NotFound
        return self.files[key]


@use_case
def split_conversation(
    conversation_id: int, *, parts: Sequence[Part], seen: str, actor: Actor
) -> list[Dossier]:
    """Give the files of a conversation to the dossiers of several people, all or nothing; their dossiers, in order.

    The dossier that the mail opened for its sender becomes the first new person's, or stays the sender's own. Files change
    hands with their keys, decisions on them fall. The sender becomes a party on behalf of each new applicant; letters and
    links go to the applicant's own address only, and to nobody while that is unknown.

    Raises InvalidInput for what is missing in a part, Refused in a state that takes no papers or for an address that has a
    dossier, Stale when the files lie elsewhere than the page showed (`seen`, see split_files.version).
    """
    actor.must(Permission.DOSSIERS_REVIEW)
    actor.must(Permission.CONVERSATIONS_WRITE)
    checked = checked_parts(fetch(Conversation, conversation_id), parts)
    people = _hold_people(conversation_id, checked)
    conversation = lock(Conversation, conversation_id)
    db.session.expire_all()
    files = files_of(conversation)
    if version(conversation, files) != seen:
        raise Stale(
            _("Somebody else has put files of this conversation elsewhere meanwhile. Nothing was changed.")
        )
    work = _Work(
        conversation,
        {one.key: one for one in files},
        actor,
        frozenset(key for part in checked for key in part.files),
    )
    source = _hold_dossiers(work, checked)
    dossiers = _dossiers(work, checked, people, source)
    for part, dossier in zip(checked, dossiers, strict=True):
        _give_files(work, part, dossier)
    if source is not None and source not in dossiers:
        _close_emptied(source, dossiers[0], actor)
    if conversation.dossier_id is None:
        home = next((one for one in dossiers if one.email == conversation.address.lower()), dossiers[0])
        attach_to_dossier(conversation.id, home.id, actor=actor)
    settle([one.id for one in dossiers], actor=actor)
    _tell(work, dossiers)
    return dossiers


def _hold_people(conversation_id: int, parts: Sequence[Part]) -> dict[str, Person]:
    """The new applicants by their part's letter. All are held, with the conversation's person, in the order of their ids."""
    conversation = fetch(Conversation, conversation_id)
    sender, locale = conversation.person, conversation.person.locale
    people = {
        part.letter: sender if part.sender else person_for(address=part.email, name=part.name, locale=locale)
        for part in parts
        if part.dossier_id is None
    }
    for person_id in sorted({sender.id, *(person.id for person in people.values())}):
        lock(Person, person_id)
    return people


def _hold_dossiers(work: _Work, parts: Sequence[Part]) -> Dossier | None:
    """Hold every dossier that gives or takes; the one that this mail opened."""
    source = opened_by(work.conversation)
    wanted = {part.dossier_id for part in parts} | {
        work.file(key).dossier_id for part in parts for key in part.files
    }
    ids = [one for one in (*wanted, source.id if source else None) if one is not None]
    hold_dossiers(ids)
    return source


def _dossiers(
    work: _Work, parts: Sequence[Part], people: Mapping[str, Person], source: Dossier | None
) -> list[Dossier]:
    """Each part's dossier: the chosen one, the one that the mail opened, or a new one."""
    free = source if source and source.id not in [part.dossier_id for part in parts] else None
    heir = next((part for part in parts if part.sender), None) or next(
        (part for part in parts if part.dossier_id is None), None
    )
    found = []
    for part in parts:
        if part.dossier_id is not None:
            found.append(fetch(Dossier, part.dossier_id))
            refuse_decided(found[-1])
        elif free is not None and part is heir:
            found.append(_inherit(work, part, people[part.letter], free))
        else:
            found.append(_open(work, part, people[part.letter]))
    return found


def _inherit(work: _Work, part: Part, person: Person, source: Dossier) -> Dossier:
    """The dossier that the mail opened becomes this person's; the sender's own stays as it is."""
    if not part.sender:
        _refuse_left_behind(work, source, part)
        give_dossier(source, person=person, email=part.email, actor=work.actor)
        work.opened.append(source)
        _begin(work, source)
    return source


def _refuse_left_behind(work: _Work, source: Dossier, part: Part) -> None:
    """A paper that nobody decided on would silently become the first applicant's."""
    left = [one for one in work.files.values() if one.dossier_id == source.id and one.key not in work.given]
    if left:
        raise InvalidInput(
            _(
                "%(reference)s becomes the dossier of %(letter)s, so each of its files needs a letter: %(file)s has none.",
                reference=source.reference,
                letter=part.letter,
                file=left[0].filename,
            )
        )


def _open(work: _Work, part: Part, person: Person) -> Dossier:
    if part.email:
        refuse_taken(part.email)
    dossier = open_dossier(
        person=person, email=part.email, phone=None, locale=person.locale, actor=work.actor
    )
    dossier.assigned_to_id = work.actor.staff_id
    add_maker(dossier.id, actor=work.actor, part="editor")
    work.opened.append(dossier)
    if not part.sender:
        _begin(work, dossier)
    return dossier


def _begin(work: _Work, dossier: Dossier) -> None:
    """A thread for the applicant, in which the sender takes part on their behalf."""
    talk = work.conversation
    behalf = (talk.address.lower(), talk.person.name) if can_receive(talk.address) else None
    open_own_conversation(dossier, subject=talk.subject, behalf=behalf)


def _give_files(work: _Work, part: Part, dossier: Dossier) -> None:
    reason = _("Split from conversation %(reference)s", reference=work.conversation.reference)
    for key in part.files:
        file = work.file(key)
        if file.dossier_id == dossier.id:
            continue
        if file.document is not None:
            move_held(
                file.document.id,
                from_dossier_id=file.document.dossier_id,
                to_dossier_id=dossier.id,
                actor=work.actor,
                reason=reason,
            )
            continue
        attachment = fetch(Attachment, int(key[1:]))
        make_document(attachment, dossier.id, content=read(attachment.file), actor=work.actor)


def _close_emptied(source: Dossier, heir: Dossier, actor: Actor) -> None:
    """The dossier that the mail opened held only other people's papers: its reference leads to the first of them."""
    settle([source.id], actor=actor)
    if not active_documents([source.id])[source.id] and why_not_merge(source, heir) is None:
        close_emptied(source.id, heir_id=heir.id, actor=actor)


def _tell(work: _Work, dossiers: Sequence[Dossier]) -> None:
    for dossier in work.opened:
        acknowledge(dossier.id)
    details = {"dossiers": [one.reference for one in dossiers]}
    record(
        "conversation.split",
        actor=work.actor,
        subject=work.conversation,
        dossier_id=work.conversation.dossier_id,
        details=details,
    )
