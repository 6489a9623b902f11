"""What can be found of each kind of thing, for the full-text index. A thing that is gone is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.accounts.models import Account, Person
from app.certificates.models import Certificate
from app.conversations.models import Attachment, Conversation, ConversationNote, Message, Party
from app.conversations.reading import visible_text
from app.documents.models import Document
from app.dossiers.models import Dossier, Note
from app.kernel.database import db
from app.kernel.full_text.due import describe
from app.kernel.full_text.vector import Described


def init_app(app: Flask) -> None:
    """Have them indexed."""
    describe(app, "account", Account, accounts)
    describe(app, "conversation", Conversation, conversations)
    describe(app, "dossier", Dossier, dossiers)
    describe(app, "message", Message, messages)
    describe(app, "note", Note, notes)
    describe(app, "person", Person, people)


def people(ids: Sequence[int]) -> Iterator[Described]:
    """Name, address, telephone."""
    for one in db.session.scalars(select(Person).where(Person.id.in_(ids))):
        yield Described(one.id, one.created_at, [("A", one.email), ("A", one.phone), ("B", one.name)])


def dossiers(ids: Sequence[int]) -> Iterator[Described]:
    """Who it is about, by the papers and as they write to us, and the numbers of the papers."""
    for one in db.session.scalars(select(Dossier).where(Dossier.id.in_(ids))):
        names = f"{one.given_names} {one.surname}"
        yield Described(
            one.id,
            one.created_at,
            [
                *(("A", text) for text in (one.reference, one.email, one.phone)),
                *(("A", text) for text in (one.passport_number, one.kitas_number)),
                *(("B", text) for text in (names, one.person.name)),
                ("C", one.company),
            ],
            keys=[one.passport_number, one.kitas_number],
        )


def accounts(ids: Sequence[int]) -> Iterator[Described]:
    """The approved subject, and the serial numbers of certificates."""
    serials: dict[int, list[str]] = {}
    held = select(Certificate.account_id, Certificate.serial).where(Certificate.account_id.in_(ids))
    for account_id, serial in db.session.execute(held):
        serials.setdefault(account_id, []).append(serial)
    for one in db.session.scalars(select(Account).where(Account.id.in_(ids))):
        names = (one.subject.get(name) for name in ("common_name", "given_name", "surname"))
        yield Described(
            one.id,
            one.created_at,
            [
                *(("A", text) for text in (one.reference, one.email, one.phone)),
                ("A", one.subject.get("serial_number")),
                *(("B", text) for text in (*names, one.person.name)),
                ("C", one.company),
            ],
            keys=serials.get(one.id, []),
        )


def conversations(ids: Sequence[int]) -> Iterator[Described]:
    """With whom and about what, and what colleagues noted; what is said stands in its messages."""
    taking_part, noted = _parties(ids), _notes(ids)
    for one in db.session.scalars(select(Conversation).where(Conversation.id.in_(ids))):
        yield Described(
            one.id,
            one.created_at,
            [
                *(("A", text) for text in (one.reference, one.address)),
                *(("B", text) for text in (one.person.name, one.subject, *taking_part.get(one.id, ()))),
                *(("C", text) for text in noted.get(one.id, ())),
            ],
        )


def messages(ids: Sequence[int]) -> Iterator[Described]:
    """Sender, subject, files, what is new in it, and less weighty its signature and what it quotes."""
    files = _files(ids)
    for one in db.session.scalars(select(Message).where(Message.id.in_(ids))):
        new, *folded = visible_text(one.text) if one.direction == "in" else (one.text,)
        yield Described(
            one.id,
            one.created_at,
            [
                ("A", one.from_address),
                *(("B", text) for text in (one.from_name, one.subject)),
                *(("C", name) for name in files.get(one.id, ())),
                ("C", new),
                *(("D", text) for text in folded),
            ],
        )


def notes(ids: Sequence[int]) -> Iterator[Described]:
    """What colleagues wrote for each other."""
    for one in db.session.scalars(select(Note).where(Note.id.in_(ids))):
        yield Described(one.id, one.created_at, [("C", one.text)])


def _parties(conversation_ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for party in db.session.scalars(select(Party).where(Party.conversation_id.in_(conversation_ids))):
        found.setdefault(party.conversation_id, []).extend((party.address, party.name))
    return found


def _notes(conversation_ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    query = select(ConversationNote).where(ConversationNote.conversation_id.in_(conversation_ids))
    for note in db.session.scalars(query.order_by(ConversationNote.id)):
        found.setdefault(note.conversation_id, []).append(note.text)
    return found


def _files(message_ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    models: tuple[Any, ...] = (Attachment, Document)
    for model in models:
        named = select(model.message_id, model.filename).where(model.message_id.in_(message_ids))
        for message_id, name in db.session.execute(named.order_by(model.id)):
            found.setdefault(message_id, []).append(name)
    return found
