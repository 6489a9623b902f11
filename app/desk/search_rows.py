"""What the search page shows of each thing that was found. Texts are pieces, (words, whether they are a hit)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from app.accounts.lifecycle import LABELS as ACCOUNT_LABELS
from app.accounts.models import Account, Person
from app.certificates.models import Certificate
from app.conversations import lifecycle as conversation_lifecycle
from app.conversations.models import Conversation, Message
from app.conversations.reading import visible_text
from app.desk.account import TONE_OF_ACCOUNT
from app.dossiers import lifecycle as dossier_lifecycle
from app.dossiers.models import Dossier, Note
from app.kernel.database import db
from app.kernel.full_text.asked import Asked
from app.kernel.full_text.find import Found
from app.kernel.full_text.marks import Marker
from app.kernel.locale import moment

Row = dict[str, Any]


@dataclass(frozen=True)
class Hit:
    """One line of the result: what was found of one thing, best first."""

    found: tuple[Found, ...]

    @property
    def best(self) -> Found:
        """What is shown of it."""
        return self.found[0]


def collapsed(key: str, found: Sequence[Found]) -> list[Hit]:
    """The lines of a group in their order: everything that was found in one conversation is one line."""
    if key != "conversations":
        return [Hit((one,)) for one in found]
    ids = [one.subject_id for one in found if one.kind == "message"]
    homes = dict(
        db.session.execute(select(Message.id, Message.conversation_id).where(Message.id.in_(ids))).all()
    )
    lines: dict[int, list[Found]] = {}
    for one in found:
        home = homes.get(one.subject_id) if one.kind == "message" else one.subject_id
        if home is not None:
            lines.setdefault(home, []).append(one)
    return [Hit(tuple(line)) for line in lines.values()]


def rows(key: str, hits: Sequence[Hit], asked: Asked) -> list[Row]:
    """The lines as the page shows them; a thing that is gone meanwhile is left out."""
    return _SHOWN[key](hits, asked) if hits else []


def _by_id(model: type[Any], hits: Sequence[Hit]) -> dict[int, Any]:
    ids = [hit.best.subject_id for hit in hits]
    return {one.id: one for one in db.session.scalars(select(model).where(model.id.in_(ids)))}


def _of(model: type[Any], hits: Sequence[Hit]) -> list[Any]:
    found = _by_id(model, hits)
    return [found[hit.best.subject_id] for hit in hits if hit.best.subject_id in found]


def _dossiers(hits: Sequence[Hit], asked: Asked) -> list[Row]:
    found: list[Dossier] = _of(Dossier, hits)
    marker = Marker(asked, [text for one in found for text in (one.applicant, one.company)])
    return [
        {
            "url": url_for("workbench.show", reference=one.reference),
            "title": marker.whole(one.applicant),
            "facts": _facts(
                marker,
                [one.company, one.email],
                [
                    *(one.passport_number, one.kitas_number, one.phone),
                    None if marker.hits(one.applicant) else one.person.name,
                ],
            ),
            "pill": dossier_lifecycle.LABELS[one.status],
            "tone": dossier_lifecycle.TONES[one.status],
            "reference": marker.whole(one.reference),
        }
        for one in found
    ]


def _accounts(hits: Sequence[Hit], asked: Asked) -> list[Row]:
    found: list[Account] = _of(Account, hits)
    marker = Marker(asked, [text for one in found for text in (one.subject["common_name"], one.company)])
    serials: dict[int, list[str]] = {}
    held = select(Certificate.account_id, Certificate.serial)
    for key, serial in db.session.execute(held.where(Certificate.account_id.in_([one.id for one in found]))):
        serials.setdefault(key, []).append(serial)
    return [
        {
            "url": url_for("accounts.show", reference=one.reference),
            "title": marker.whole(one.subject["common_name"]),
            "facts": _facts(
                marker,
                [one.company, one.email],
                [one.phone, one.subject.get("serial_number"), *serials.get(one.id, [])],
            ),
            "pill": ACCOUNT_LABELS[one.status],
            "tone": TONE_OF_ACCOUNT[one.status],
            "reference": marker.whole(one.reference),
        }
        for one in found
    ]


def _conversations(hits: Sequence[Hit], asked: Asked) -> list[Row]:
    messages = _by_id(Message, [hit for hit in hits if hit.best.kind == "message"])
    homes = _homes(hits, messages)
    texts = [text for one in messages.values() for text in (one.subject, one.text)]
    marker = Marker(asked, [*texts, *(one.subject for one in homes.values())])
    found = []
    for hit in hits:
        message = messages.get(hit.best.subject_id) if hit.best.kind == "message" else None
        home = homes.get(message.conversation_id if message else hit.best.subject_id)
        if home is not None and (message is not None or hit.best.kind == "conversation"):
            found.append(_conversation(home, message, hit, marker))
    return found


def _homes(hits: Sequence[Hit], messages: dict[int, Message]) -> dict[int, Conversation]:
    ids = {one.conversation_id for one in messages.values()}
    ids |= {hit.best.subject_id for hit in hits if hit.best.kind == "conversation"}
    return {one.id: one for one in db.session.scalars(select(Conversation).where(Conversation.id.in_(ids)))}


def _conversation(home: Conversation, message: Message | None, hit: Hit, marker: Marker) -> Row:
    anchor = f"message-{message.id}" if message else None
    others = sum(one.kind == "message" for one in hit.found[1:])
    return {
        "url": url_for("conversations.show", reference=home.reference, _anchor=anchor),
        "title": marker.whole(home.subject or _("(no subject)")),
        "facts": [marker.whole(home.person.name)],
        "snippet": _snippet(message, marker) if message else [],
        "sender": _sender(message, marker) if message else None,
        "at_label": moment(message.created_at if message else home.last_message_at),
        "others": ngettext("and %(num)s more message", "and %(num)s more messages", others) if others else "",
        "pill": conversation_lifecycle.LABELS[home.status],
        "tone": conversation_lifecycle.TONES[home.status],
        "reference": marker.whole(home.reference),
    }


def _snippet(message: Message, marker: Marker) -> list[tuple[str, bool]]:
    """From what is new in the message, unless only what it quotes holds a hit."""
    if message.direction == "out":
        return marker.excerpt(message.text)
    said = visible_text(message.text)
    folded = next((part for part in (said.signature, said.quoted) if part and marker.hits(part)), "")
    return marker.excerpt(folded if folded and not marker.hits(said.new) else said.new)


def _sender(message: Message, marker: Marker) -> Row:
    """Who wrote it; `verified` is None for ourselves."""
    name = message.from_name or message.from_address
    if message.direction == "out":
        return {"name": marker.whole(_("%(name)s answered", name=name)), "address": [], "verified": None}
    address = marker.whole(message.from_address) if message.from_name else []
    return {"name": marker.whole(name), "address": address, "verified": message.sender_verified}


def _notes(hits: Sequence[Hit], asked: Asked) -> list[Row]:
    found: list[Note] = _of(Note, hits)
    marker = Marker(asked, [one.text for one in found])
    ids = {one.dossier_id for one in found}
    dossiers = {one.id: one for one in db.session.scalars(select(Dossier).where(Dossier.id.in_(ids)))}
    return [
        {
            "url": url_for("workbench.show", reference=dossiers[one.dossier_id].reference),
            "title": marker.whole(dossiers[one.dossier_id].applicant),
            "facts": [],
            "snippet": marker.excerpt(one.text),
            "sender": {"name": [(one.author.name, False)], "address": [], "verified": None},
            "at_label": moment(one.created_at),
            "pill": None,
            "reference": [(dossiers[one.dossier_id].reference, False)],
        }
        for one in found
    ]


def _people(hits: Sequence[Hit], asked: Asked) -> list[Row]:
    found: list[Person] = _of(Person, hits)
    marker = Marker(asked, [one.name for one in found])
    ids = [one.id for one in found]
    dossiers, talks = _newest(Dossier, ids), _newest(Conversation, ids)
    shown = []
    for one in found:
        dossier, talk = dossiers.get(one.id), talks.get(one.id)
        if dossier or talk:
            shown.append(_person(one, dossier, talk, marker))
    return shown


def _newest(model: type[Any], person_ids: Sequence[int]) -> dict[int, tuple[str, int]]:
    """The reference of each person's newest, and how many there are."""
    grouped = select(func.max(model.id), func.count()).where(model.person_id.in_(person_ids))
    counts: dict[int, int] = dict(db.session.execute(grouped.group_by(model.person_id)).all())
    newest = select(model.id, model.person_id, model.reference).where(model.id.in_(counts))
    return {person: (reference, counts[key]) for key, person, reference in db.session.execute(newest)}


def _person(
    person: Person, dossier: tuple[str, int] | None, talk: tuple[str, int] | None, marker: Marker
) -> Row:
    counted = [
        ngettext("%(num)s dossier", "%(num)s dossiers", dossier[1]) if dossier else "",
        ngettext("%(num)s conversation", "%(num)s conversations", talk[1]) if talk else "",
    ]
    page = "workbench.show" if dossier else "conversations.show"
    reference = (dossier or talk or ("", 0))[0]
    return {
        "url": url_for(page, reference=reference),
        "title": marker.whole(person.name),
        "facts": _facts(marker, [person.email if person.email != person.name else None], [person.phone]),
        "at_label": " · ".join(one for one in counted if one),
        "pill": None,
        "reference": [(reference, False)],
    }


def _facts(
    marker: Marker, always: Sequence[str | None], when_hit: Sequence[str | None]
) -> list[list[tuple[str, bool]]]:
    """What is always told of a thing, and the numbers by which it was found."""
    shown = [one for one in always if one]
    return [marker.whole(one) for one in [*shown, *(one for one in when_hit if one and marker.hits(one))]]


_SHOWN: dict[str, Callable[[Sequence[Hit], Asked], list[Row]]] = {
    "accounts": _accounts,
    "conversations": _conversations,
    "dossiers": _dossiers,
    "notes": _notes,
    "people": _people,
}
