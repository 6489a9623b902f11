"""Every transition from every state, against the database's compare-and-set."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.models import TrailEntry
from app.dossiers import lifecycle
from app.kernel.actors import SYSTEM, Actor
from app.kernel.database import db, use_case
from app.kernel.errors import NotPermitted, Stale
from app.kernel.permissions import Permission
from tests.factories import dossiers as make
from tests.factories.staff import actor_of
from tests.fixtures.people import People

change = use_case(lifecycle.change)


@pytest.fixture
def supervisor(people: People) -> Actor:
    return actor_of(people.supervisor())


def test_every_transition_from_every_state(app: Flask) -> None:
    # Without the features that listen, because most of these leaps have no evidence to submit.
    app.extensions["desk_events"].clear()
    with app.app_context():
        for name, transition in lifecycle.TRANSITIONS.items():
            for status in lifecycle.EVERY:
                dossier = make.in_state(status)
                if status in transition.was:
                    more = {"merged_into_id": dossier.id} if name == "merge" else {}
                    changed = change(dossier.id, name, actor=SYSTEM, reason="x", **more)
                    assert changed.status == transition.becomes
                    entry = db.session.scalars(select(TrailEntry).order_by(TrailEntry.id.desc())).first()
                    assert entry is not None
                    assert (entry.verb, entry.dossier_id) == (f"dossier.{name}", dossier.id)
                else:
                    with pytest.raises(Stale):
                        change(dossier.id, name, actor=SYSTEM)


@pytest.mark.parametrize("name", lifecycle.TRANSITIONS)
def test_no_transition_without_its_permission(app: Flask, supervisor: Actor, name: str) -> None:
    transition = lifecycle.TRANSITIONS[name]
    everything_else = frozenset(Permission) - {transition.permission}
    with app.app_context():
        dossier = make.in_state(transition.was[0])
        with pytest.raises(NotPermitted):
            change(dossier.id, name, actor=Actor("staff", supervisor.id, everything_else))
        db.session.refresh(dossier)
        assert dossier.status == transition.was[0]
