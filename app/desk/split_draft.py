"""What an agent is about to do on the screen that splits a mail's papers: suggested first, then as it was typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from string import ascii_uppercase

from werkzeug.datastructures import MultiDict

from app.conversations.models import Conversation
from app.conversations.reading import visible_text
from app.desk.split_files import FileHere, opened_by
from app.desk.split_names import MOST_PEOPLE, Found, same_name, suggest
from app.desk.split_parts import Part
from app.dossiers import lifecycle
from app.dossiers.find import by_reference, exactly, open_dossier_of
from app.dossiers.models import Dossier
from app.kernel.database import db
from app.kernel.forms import clean

LONGEST_FIELD = 300
FEWEST_CARDS = 2


@dataclass
class Card:
    """One person: a `dossier` that is there, or a new one with name and address. `choices` is what a search found."""

    letter: str
    name: str = ""
    email: str = ""
    dossier: Dossier | None = None
    find: str = ""
    choices: list[Dossier] = field(default_factory=list)


@dataclass
class Draft:
    """The cards, which file goes to which letter, and the letter of the applicant who is the sender, or ""."""

    cards: list[Card] = field(default_factory=list)
    given: dict[str, str] = field(default_factory=dict)
    sender: str = ""

    def add(self, **values: object) -> Card | None:
        """One more card, or None beyond Z."""
        if len(self.cards) >= MOST_PEOPLE:
            return None
        card = Card(letter=ascii_uppercase[len(self.cards)], **values)  # type: ignore[arg-type]  # the fields of Card
        self.cards.append(card)
        return card

    def parts(self) -> list[Part]:
        """What the verb takes."""
        return [
            Part(
                letter=card.letter,
                files=tuple(key for key, letter in self.given.items() if letter == card.letter),
                dossier_id=card.dossier.id if card.dossier else None,
                name="" if card.dossier else card.name,
                email=card.email,
                sender=card.letter == self.sender and card.dossier is None,
            )
            for card in self.cards
        ]


def suggested(conversation: Conversation, files: Sequence[FileHere]) -> Draft:
    """Where the files lie already, and for those that no other dossier has, what their names and the text suggest."""
    draft, source = Draft(), opened_by(conversation)
    loose = [
        one for one in files if not one.fixed and one.dossier_id in (None, source.id if source else None)
    ]
    settled = [one for one in files if one not in loose and not one.fixed]
    for dossier_id in dict.fromkeys(one.dossier_id for one in settled):
        card = draft.add(dossier=db.session.get(Dossier, dossier_id))
        draft.given |= {one.key: card.letter for one in settled if card and one.dossier_id == dossier_id}
    for found in _found(conversation, loose):
        _take_up(draft, found, conversation)
    while len(draft.cards) < FEWEST_CARDS:
        draft.add()
    return draft


def typed(form: MultiDict[str, str], files: Sequence[FileHere]) -> Draft:
    """The draft as the form was sent; what it names and is not there (any more) is left out. Nothing is saved."""
    draft = Draft()
    count = form.get("count", "")
    wanted = int(count) if count.isascii() and count.isdigit() and len(count) < 3 else FEWEST_CARDS
    for letter in ascii_uppercase[:wanted]:
        values = {
            name: clean(form.get(f"{name}-{letter}"))[:LONGEST_FIELD] for name in ("name", "email", "find")
        }
        chosen = form.get(f"dossier-{letter}", "")
        draft.add(**values, dossier=by_reference(chosen) if chosen else None)
    letters = {card.letter for card in draft.cards}
    draft.given = {
        one.key: letter
        for one in files
        if (letter := form.get(f"file-{one.key}", "")) in letters and not one.fixed
    }
    sender = form.get("sender", "")
    draft.sender = sender if sender in letters else ""
    return draft


def looked_up(draft: Draft) -> None:
    """Search for each card whose search field was filled: one dossier found is taken, of several one is chosen."""
    for card in draft.cards:
        if card.find and card.dossier is None:
            fitting = [one for one in exactly(card.find) if one.status in lifecycle.TAKES_PAPERS]
            card.choices = fitting if len(fitting) > 1 else []
            if len(fitting) == 1:
                card.dossier, card.find = fitting[0], ""


def namesakes(card: Card) -> list[Dossier]:
    """Dossiers of people of the same name as a new one: a hint, never a choice made for the agent."""
    if card.dossier is not None or card.choices or not card.name:
        return []
    return [one for one in exactly(card.name, most=3) if one.status in lifecycle.TAKES_PAPERS]


def _found(conversation: Conversation, files: Sequence[FileHere]) -> list[Found]:
    messages = {one.message.id: one.message for one in files}.values()
    texts = [text for one in messages for text in (one.subject, visible_text(one.text)[0])]
    filenames = {one.key: one.filename for one in files}
    return suggest(filenames, texts, known=[conversation.person.name])


def _take_up(draft: Draft, found: Found, conversation: Conversation) -> None:
    known = open_dossier_of(found.email) if found.email else None
    dossier = known if known and known.email != conversation.address.lower() else None
    if dossier and dossier.status not in lifecycle.TAKES_PAPERS:
        dossier = None
    card = next((one for one in draft.cards if dossier and one.dossier is dossier), None)
    own = found.email == conversation.address.lower()
    card = card or draft.add(
        name=found.name[:LONGEST_FIELD], email="" if own else found.email, dossier=dossier
    )
    if card is None:
        return
    draft.given |= dict.fromkeys(found.files, card.letter)
    if dossier is None and (own or same_name(found.name, conversation.person.name)):
        card.email, draft.sender = "", card.letter
