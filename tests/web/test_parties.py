"""Who takes part in a conversation: agreed to by a person, not by having written into it."""

from __future__ import annotations

import pytest
from flask import Flask

from app.audit.models import TrailDetail, TrailEntry
from app.conversations.models import Conversation
from app.conversations.parties import (
    MOST_PARTIES,
    PartyRole,
    add_party,
    agree_to,
    parties_of,
    recipients,
    refuse,
)
from app.kernel.actors import SYSTEM, Actor
from app.kernel.database import db
from app.kernel.errors import InvalidInput, NotPermitted, Refused, Stale
from tests.factories import dossiers
from tests.factories.conversations import talking
from tests.factories.staff import actor_of
from tests.fixtures.people import People

HR = "hr@contoh.example"


@pytest.fixture
def number(app: Flask) -> int:
    """The id of a conversation, of a dossier under review."""
    with app.app_context():
        return talking(dossiers.reviewing()).id


@pytest.fixture
def agent(app: Flask, people: People) -> Actor:
    """An agent, who may write."""
    return actor_of(people.agent())


def test_who_asked_is_written_to_when_an_agent_agrees_and_no_longer_when_one_refuses(
    app: Flask, number: int, agent: Actor
) -> None:
    with app.app_context():
        conversation = db.session.get_one(Conversation, number)
        own = conversation.address.lower()
        asked = add_party(number, address=f" {HR.upper()} ", name="HR", role=PartyRole.ASKED, actor=SYSTEM)
        assert (asked.address, recipients(conversation)) == (HR, (own,))

        agree_to(asked.id, role=PartyRole.ON_BEHALF, actor=agent)
        assert recipients(conversation) == (own, HR)
        again = add_party(number, address=HR, name="", role=PartyRole.ASKED, actor=SYSTEM)
        assert (again.id, again.role) == (asked.id, PartyRole.ON_BEHALF), "Writing again takes nothing back."
        with pytest.raises(Stale):
            agree_to(asked.id, role=PartyRole.ON_BEHALF, actor=agent)

        refuse(asked.id, actor=agent)
        assert recipients(conversation) == (own,)
        with pytest.raises(Stale):
            refuse(asked.id, actor=agent)
        verbs = [one.verb for one in db.session.query(TrailEntry).order_by(TrailEntry.id)][-3:]
        assert verbs == [f"conversation.{verb}" for verb in ("add_party", "agree_to_party", "refuse_party")]
        told = db.session.query(TrailDetail).order_by(TrailDetail.id.desc()).first()
        assert told is not None and told.content == {"address": HR, "role": "refused", "before": "on_behalf"}


def test_the_conversations_own_address_is_neither_refused_nor_renamed(
    app: Flask, number: int, agent: Actor
) -> None:
    with app.app_context():
        [own] = parties_of(db.session.get_one(Conversation, number))
        assert own.role == PartyRole.SELF
        with pytest.raises(Refused):
            refuse(own.id, actor=agent)
        with pytest.raises(Refused):
            agree_to(own.id, role=PartyRole.ON_BEHALF, actor=agent)


@pytest.mark.parametrize(
    ("address", "role", "refusal"),
    [
        ("two@a.example, two@b.example", PartyRole.SELF, InvalidInput),
        ("x@a.example\r\nBcc: y@b.example", PartyRole.SELF, InvalidInput),
        ("x@a.example", "boss", InvalidInput),
        ("Support@xignature.co.id", PartyRole.SELF, Refused),
        ("support+abc@xignature.co.id", PartyRole.SELF, Refused),
    ],
)
def test_what_cannot_take_part(
    app: Flask, number: int, agent: Actor, address: str, role: str, refusal: type[Exception]
) -> None:
    with app.app_context(), pytest.raises(refusal):
        add_party(number, address=address, name="", role=role, actor=agent)


def test_nobody_is_added_without_the_right_nor_beyond_the_limit(
    app: Flask, number: int, people: People
) -> None:
    auditor = actor_of(people.with_roles("auditor"))
    with app.app_context():
        with pytest.raises(NotPermitted):
            add_party(number, address=HR, name="", role=PartyRole.SELF, actor=auditor)
        for count in range(1, MOST_PARTIES):
            address = f"{count}@contoh.example"
            add_party(number, address=address, name="", role=PartyRole.ASKED, actor=SYSTEM)
        with pytest.raises(Refused):
            add_party(number, address=HR, name="", role=PartyRole.ASKED, actor=SYSTEM)
