"""A document moves to the dossier it belongs to: rights, states, keys, both dossiers seen anew."""

from __future__ import annotations

import threading
import time

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.approvals.models import ApprovalRequest
from app.audit.models import TrailDetail, TrailEntry
from app.calls.models import Call
from app.documents.models import Document
from app.dossiers.makers import makers_of
from app.dossiers.models import Dossier
from app.dossiers.move import hold_dossiers, move_document, move_held
from app.dossiers.review import accept_document
from app.gateways import gateways
from app.gateways.vault import KeyDestroyed
from app.kernel.actors import Actor
from app.kernel.database import db, use_case
from app.kernel.errors import InvalidInput, NotFound, NotPermitted, Refused, Stale
from app.kernel.permissions import Permission
from app.vault.keep import read
from tests.factories import dossiers as make
from tests.factories.accounts import Cast, approved, called, pending
from tests.factories.calls import booked
from tests.factories.staff import actor_of
from tests.fixtures.desk import RunJobs
from tests.fixtures.pages import InspectingClient, page_of
from tests.fixtures.people import People, SignIn

WHY = "It is Bo's passport"


@pytest.fixture
def agent(people: People) -> Actor:
    return actor_of(people.agent("Sari"))


def test_files_change_hands_with_their_keys(app: Flask, agent: Actor, run_jobs: RunJobs) -> None:
    with app.app_context():
        source, target = make.new_dossier(name="Anna"), make.new_dossier(name="Bo")
        document_id, ids = make.with_document(source).id, (source.id, target.id)
    run_jobs()
    with app.app_context():
        source, target = (db.session.get_one(Dossier, one) for one in ids)
        moved = move_document(document_id, to_dossier_id=target.id, reason=WHY, actor=agent)
        assert moved.dossier_id == target.id and moved.pages, "Its pictures were drawn before."
        gateways().vault._keys.destroy(source.person.key_owner)
        assert read(moved.file) == make.jpeg()
        assert read(moved.pages[0].full) and read(moved.pages[0].thumbnail)
        assert {one.owner for one in (moved.file, moved.pages[0].full)} == {target.person.key_owner}
        # And what stays with the first one is closed by its key.
        gateways().vault._keys.destroy(target.person.key_owner)
        with pytest.raises(KeyDestroyed):
            read(moved.file)


def test_a_file_whose_key_is_gone_is_not_moved(app: Flask, agent: Actor) -> None:
    with app.app_context():
        source, target = make.new_dossier(), make.new_dossier()
        document = make.with_document(source)
        gateways().vault._keys.destroy(source.person.key_owner)
        with pytest.raises(Refused):
            move_document(document.id, to_dossier_id=target.id, reason=WHY, actor=agent)


def test_the_decision_falls_and_both_trails_tell(app: Flask, agent: Actor) -> None:
    with app.app_context():
        source, target = make.reviewing(), make.new_dossier()
        passport = source.documents[0]
        accept_document(passport.id, actor=agent)
        moved = move_document(passport.id, to_dossier_id=target.id, reason=WHY, actor=agent)
        assert (moved.status, moved.decided_by_id) == ("undecided", None)
        entries = db.session.execute(
            select(TrailEntry.verb, TrailEntry.dossier_id, TrailDetail.content)
            .join(TrailDetail, TrailDetail.entry_id == TrailEntry.id)
            .where(TrailEntry.verb.like("document.move%"))
            .order_by(TrailEntry.id)
        ).all()
        assert [(verb, where) for verb, where, _ in entries] == [
            ("document.move_out", source.id),
            ("document.move_in", target.id),
        ]
        assert {content["reason"] for _, _, content in entries} == {WHY}
        assert agent.id in {one.staff_id for one in makers_of(target.id)} & {
            one.staff_id for one in makers_of(source.id)
        }


def test_what_lacks_something_collects_and_what_is_complete_is_reviewed(app: Flask, agent: Actor) -> None:
    with app.app_context():
        source, target = make.reviewing(), make.new_dossier()
        for kind in ("kitas", "hr_letter", "selfie"):
            make.with_document(target, kind)
        passport = source.documents[0]
        move_document(passport.id, to_dossier_id=target.id, reason=WHY, actor=agent)
        states = [db.session.get_one(Dossier, one.id).status for one in (source, target)]
        assert states == ["collecting", "reviewing"]
        # Undone by moving it back.
        move_document(passport.id, to_dossier_id=source.id, reason="It was Anna's", actor=agent)
        states = [db.session.get_one(Dossier, one.id).status for one in (source, target)]
        assert states == ["reviewing", "collecting"]


def test_a_pending_approval_is_void_and_a_booked_call_is_cancelled(app: Flask, people: People) -> None:
    cast = Cast.of(app)
    with app.app_context():
        waiting, target = called(cast), make.new_dossier()
        request_id = pending(waiting).id
        move_document(waiting.documents[0].id, to_dossier_id=target.id, reason=WHY, actor=cast.agent)
        assert db.session.get_one(ApprovalRequest, request_id).status == "void"
        assert db.session.get_one(Dossier, waiting.id).status == "collecting"
        call = booked(people.agent(), reviewer=people.agent())
        papers = db.session.get_one(Dossier, call.dossier_id).documents
        move_document(papers[0].id, to_dossier_id=target.id, reason=WHY, actor=cast.agent)
        assert db.session.get_one(Call, call.id).status == "cancelled"
        assert db.session.get_one(Dossier, call.dossier_id).status == "collecting"
        # Into one that awaits approval: what the supervisor would decide on is no longer what was reviewed.
        again = called(cast)
        request_id = pending(again).id
        move_document(papers[0].id, to_dossier_id=again.id, reason=WHY, actor=cast.agent)
        assert db.session.get_one(ApprovalRequest, request_id).status == "void"
        assert db.session.get_one(Dossier, again.id).status == "reviewing"


def test_nothing_leaves_or_enters_what_was_decided_on(app: Flask, agent: Actor) -> None:
    cast = Cast.of(app)
    with app.app_context():
        account, other = approved(cast), make.new_dossier()
        done = db.session.get_one(Dossier, account.dossier_id)
        document = make.with_document(other)
        for document_id, target in ((done.documents[0].id, other.id), (document.id, done.id)):
            with pytest.raises(Refused):
                move_document(document_id, to_dossier_id=target, reason=WHY, actor=agent)
        assert db.session.get_one(Document, document.id).dossier_id == other.id
        for status in ("rejected", "withdrawn", "issued", "merged"):
            with pytest.raises(Refused):
                move_document(document.id, to_dossier_id=make.in_state(status).id, reason=WHY, actor=agent)


def test_who_may_not_and_what_is_not_there(app: Flask, agent: Actor, people: People) -> None:
    auditor = actor_of(people.auditor())
    reader = Actor("staff", agent.id, frozenset({Permission.DOSSIERS_READ}))
    with app.app_context():
        source, target = make.new_dossier(), make.new_dossier()
        document = make.with_document(source)
        for actor in (auditor, reader):
            with pytest.raises(NotPermitted):
                move_document(document.id, to_dossier_id=target.id, reason=WHY, actor=actor)
        with pytest.raises(InvalidInput):
            move_document(document.id, to_dossier_id=target.id, reason="  ", actor=agent)
        with pytest.raises(NotFound):
            move_document(document.id, to_dossier_id=999_999, reason=WHY, actor=agent)
        with pytest.raises(NotFound):
            move_document(999_999, to_dossier_id=target.id, reason=WHY, actor=agent)
        with pytest.raises(Refused):
            move_document(document.id, to_dossier_id=source.id, reason=WHY, actor=agent)


def test_a_move_while_another_decides(app: Flask, agent: Actor, people: People) -> None:
    """Whoever waits for the dossier that the document is just leaving decides on nothing."""
    other = actor_of(people.agent())
    with app.app_context():
        source, target = make.reviewing(), make.new_dossier()
        document_id, target_id, source_id = source.documents[0].id, target.id, source.id
    answers: list[object] = []

    def decide() -> None:
        with app.app_context():
            try:
                answers.append(accept_document(document_id, actor=other))
            except Stale as refusal:
                answers.append(refusal)

    with app.app_context():

        @use_case
        def move_slowly() -> threading.Thread:
            hold_dossiers([source_id, target_id])
            waiting = threading.Thread(target=decide)
            waiting.start()
            until_blocked(app)
            move_held(
                document_id, from_dossier_id=source_id, to_dossier_id=target_id, actor=agent, reason=WHY
            )
            return waiting

        move_slowly().join()
        assert isinstance(answers[0], Stale)
        db.session.expire_all()
        moved = db.session.get_one(Document, document_id)
        assert (moved.dossier_id, moved.status) == (target_id, "undecided")


def until_blocked(app: Flask) -> None:
    """Wait until another connection waits for a lock."""
    deadline = time.monotonic() + 30
    with app.app_context(), db.engine.connect() as connection:
        while time.monotonic() < deadline:
            question = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            if connection.execute(text(question)).scalar_one():
                return
            connection.rollback()
            time.sleep(0.02)
    raise AssertionError("Nobody waited.")


def test_pictures_drawn_while_it_moves_belong_to_the_new_owner(
    app: Flask, agent: Actor, run_jobs: RunJobs
) -> None:
    with app.app_context():
        source, target = make.new_dossier(), make.new_dossier()
        document_id = make.with_document(source).id
        move_document(document_id, to_dossier_id=target.id, reason=WHY, actor=agent)
        owner = target.person.key_owner
    run_jobs()
    with app.app_context():
        moved = db.session.get_one(Document, document_id)
        assert {page.full.owner for page in moved.pages} == {owner}


def test_the_screen_searches_exactly_and_moves(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs
) -> None:
    with app.app_context():
        source, target = make.new_dossier(), make.new_dossier(email="bo@utopia.example", name="Bo Lund")
        document_id, first, second = make.with_document(source).id, source.reference, target.reference
    run_jobs()
    sign_in(client, "agent")
    path = f"/desk/move/{first}/{document_id}"
    assert path in client.get(f"/desk/workbench/{first}").text
    assert "No other dossier" in client.submit(path, path, query="bo@utopia", step="find").text
    found = page_of(client.submit(path, path, query="BO LUND", step="find")).form(path)
    assert found.fields["target"] == second
    empty = client.send(found, path, reason=" ", step="move")
    assert empty.status_code == 400 and "reason" in empty.text
    moved = client.send(found, path, reason=WHY, step="move")
    assert moved.status_code == 302 and second in moved.location
    assert WHY in client.page(f"/desk/workbench/{second}").text
    assert client.send(found, path, reason=WHY, step="move").status_code == 404, "It is not there any more."
    assert client.get(f"/desk/move/{second}/x").status_code == 404
    auditor = app.test_client()
    sign_in(auditor, "auditor")
    assert auditor.get(f"/desk/move/{second}/{document_id}").status_code == 403
