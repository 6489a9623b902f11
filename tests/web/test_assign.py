"""Who works on what: the next dossier, taking, giving."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.models import TrailEntry
from app.dossiers import lifecycle
from app.dossiers.assign import assign, assign_many, reviewers, take, take_next
from app.dossiers.models import Dossier
from app.kernel.actors import Actor
from app.kernel.clock import now
from app.kernel.database import db, use_case
from app.kernel.errors import InvalidInput, NotFound, NotPermitted, Refused
from tests.factories import dossiers as make
from tests.factories.staff import actor_of
from tests.fixtures.people import People


@use_case
def aged(dossier_id: int, hours: int) -> None:
    db.session.get_one(Dossier, dossier_id).status_since = now() - timedelta(hours=hours)


def test_the_next_is_the_one_that_waits_longest(app: Flask, people: People) -> None:
    with app.app_context():
        agent = actor_of(people.agent())
        younger, older = make.in_state(lifecycle.REVIEWING), make.in_state(lifecycle.REVIEWING)
        make.in_state(lifecycle.AWAITING_CALL)
        aged(older.id, 5)
        taken = [found.id for _ in range(2) if (found := take_next(agent))]
        assert taken == [older.id, younger.id]
        assert take_next(agent) is None
        entries = db.session.scalars(select(TrailEntry).filter_by(verb="dossier.assign")).all()
        assert {entry.actor_id for entry in entries} == {agent.id}


def test_a_file_of_unknown_kind_is_something_to_look_at(app: Flask, people: People) -> None:
    with app.app_context():
        dossier = make.new_dossier()
        agent = actor_of(people.agent())
        assert take_next(agent) is None
        make.with_document(dossier, None, filename="IMG_1.jpg")
        found = take_next(agent)
        assert found is not None
        assert found.id == dossier.id


def test_many_agents_at_once_never_get_the_same(app: Flask, people: People) -> None:
    agents = [actor_of(people.agent()) for _ in range(2)]
    with app.app_context():
        dossiers = {make.in_state(lifecycle.REVIEWING).id for _ in range(10)}
    start, taken = threading.Barrier(len(agents)), []

    def work(actor: Actor) -> None:
        with app.app_context():
            start.wait()
            while (found := take_next(actor)) is not None:
                taken.append(found.id)

    threads = [threading.Thread(target=work, args=(agent,)) for agent in agents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken))
    # A dossier that was locked in the very moment somebody looked is left for the next look; none is lost.
    with app.app_context():
        while (found := take_next(agents[0])) is not None:
            taken.append(found.id)
    assert set(taken) == dossiers


def test_taking_what_somebody_has_is_refused(app: Flask, people: People) -> None:
    with app.app_context():
        first, second = actor_of(people.agent()), actor_of(people.agent())
        dossier = make.in_state(lifecycle.REVIEWING)
        take(dossier.id, actor=first)
        take(dossier.id, actor=first)
        with pytest.raises(Refused):
            take(dossier.id, actor=second)
        assert assign(dossier.id, staff_id=second.id, actor=second).assigned_to_id == second.id
        assert assign(dossier.id, staff_id=None, actor=second).assigned_to_id is None


def test_only_reviewers_are_given_dossiers(app: Flask, people: People) -> None:
    with app.app_context():
        agent, auditor = people.agent(name="Sari"), people.auditor()
        supervisor = people.supervisor(name="Budi")
        dossier = make.in_state(lifecycle.REVIEWING)
        assert [member.name for member in reviewers()] == ["Budi", "Sari"]
        with pytest.raises(InvalidInput):
            assign(dossier.id, staff_id=auditor.id, actor=actor_of(agent))
        with pytest.raises(NotFound):
            assign(dossier.id, staff_id=10**9, actor=actor_of(agent))
        with pytest.raises(NotPermitted):
            assign(dossier.id, staff_id=agent.id, actor=actor_of(auditor))
        with pytest.raises(NotPermitted):
            take_next(actor_of(people.administrator()))
        assert (
            assign(dossier.id, staff_id=supervisor.id, actor=actor_of(agent)).assigned_to_id == supervisor.id
        )


def test_many_are_given_all_or_none(app: Flask, people: People) -> None:
    with app.app_context():
        agent = actor_of(people.agent())
        first, closed = make.in_state(lifecycle.REVIEWING), make.in_state(lifecycle.REJECTED)
        with pytest.raises(Refused):
            assign_many([first.id, closed.id], staff_id=agent.id, actor=agent)
        assert db.session.get_one(Dossier, first.id).assigned_to_id is None
        assert assign_many([first.id, first.id], staff_id=agent.id, actor=agent) == 1
