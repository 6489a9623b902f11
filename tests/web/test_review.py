"""Reviewing a dossier: decisions, asking again, finishing, and everything that must be refused."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.models import TrailDetail, TrailEntry
from app.documents.models import Document
from app.dossiers import lifecycle, review
from app.dossiers.acknowledge import acknowledge
from app.dossiers.close import RejectionReason
from app.dossiers.edit import applicant_version, edit_applicant
from app.dossiers.makers import makers_of
from app.dossiers.models import Dossier
from app.dossiers.notes import add_note
from app.kernel import events
from app.kernel.actors import SYSTEM, Actor
from app.kernel.database import db
from app.kernel.errors import DeskError, InvalidInput, NotFound, NotPermitted, Refused, Stale
from app.letters.models import Letter
from app.letters.render import render
from tests.factories import dossiers as make
from tests.factories.staff import actor_of
from tests.fixtures.desk import RunJobs
from tests.fixtures.mail import Outbox
from tests.fixtures.people import People


@pytest.fixture
def agent(people: People) -> Actor:
    return actor_of(people.agent())


def heard(app: Flask, *names: str) -> list[tuple[str, dict[str, Any]]]:
    """A list that fills with the events of these names."""
    found: list[tuple[str, dict[str, Any]]] = []
    for name in names:
        events.connect(app, name, lambda name=name, **ids: found.append((name, ids)))
    return found


def parts(dossier_id: int) -> set[str]:
    return {maker.part for maker in makers_of(dossier_id)}


def test_from_the_last_document_to_the_call(app: Flask, agent: Actor) -> None:
    with app.app_context():
        dossier = make.awaiting_call(agent)
        assert dossier.status == lifecycle.AWAITING_CALL
        assert parts(dossier.id) == {"reviewer", "editor"}
        verbs = db.session.scalars(select(TrailEntry.verb).filter_by(dossier_id=dossier.id)).all()
        assert {"dossier.open", "document.add", "dossier.complete", "document.accept", "dossier.edit"} <= set(
            verbs
        )
        assert verbs[-1] == "dossier.accept"


def test_accept_and_undo(app: Flask, agent: Actor) -> None:
    with app.app_context():
        document = make.reviewing().documents[0]
        accepted = review.accept_document(document.id, actor=agent)
        assert (accepted.status, accepted.decided_by_id) == ("accepted", agent.id)
        undone = review.undo_decision(document.id, actor=agent)
        assert (undone.status, undone.decided_by_id, undone.decided_at) == ("undecided", None, None)


def test_what_nobody_can_see_is_not_accepted(app: Flask, agent: Actor, run_jobs: RunJobs) -> None:
    with app.app_context():
        dossier = make.new_dossier()
        shown = make.with_document(dossier, kind="passport").id
        hidden = make.with_document(dossier, kind="passport", content=b"MZ, and no paper at all").id
    run_jobs()
    with app.app_context():
        with pytest.raises(Refused, match="Refused"):
            review.accept_document(hidden, actor=agent)
        assert db.session.get_one(Document, hidden).status == "undecided"
        assert review.accept_document(shown, actor=agent).status == "accepted"


def test_a_second_decision_comes_too_late(app: Flask, agent: Actor, people: People) -> None:
    with app.app_context():
        document = make.reviewing().documents[0]
        review.accept_document(document.id, actor=agent)
        with pytest.raises(Stale):
            review.accept_document(document.id, actor=actor_of(people.agent()))
        assert db.session.get_one(Document, document.id).decided_by_id == agent.id


def test_a_role_that_does_not_review_is_refused(app: Flask, people: People) -> None:
    with app.app_context():
        dossier = make.reviewing()
        document = dossier.documents[0]
        for member in (people.auditor(), people.administrator()):
            actor = actor_of(member)
            with pytest.raises(NotPermitted):
                review.accept_document(document.id, actor=actor)
            with pytest.raises(NotPermitted):
                review.ask_again(dossier.id, requests=[(document.id, ["glare"])], text="", actor=actor)
            with pytest.raises(NotPermitted):
                edit_applicant(dossier.id, values={"surname": "X"}, actor=actor)
            with pytest.raises(NotPermitted):
                add_note(dossier.id, text="x", actor=actor)
        assert db.session.get_one(Document, document.id).status == "undecided"


def test_a_document_of_another_dossier_is_not_there(app: Flask, agent: Actor) -> None:
    with app.app_context():
        mine, other = make.reviewing(), make.reviewing()
        with pytest.raises(NotFound):
            review.ask_again(mine.id, requests=[(other.documents[0].id, ["glare"])], text="", actor=agent)
        with pytest.raises(NotFound):
            review.accept_document(10**12, actor=agent)
        assert db.session.get_one(Document, other.documents[0].id).status == "undecided"


def test_asking_again_sends_one_letter_with_every_reason(
    app: Flask, agent: Actor, run_jobs: RunJobs, outbox: Outbox
) -> None:
    with app.app_context():
        dossier = make.reviewing(email="anna@utopia.example", name="Aoife O'Sullivan")
        passport, kitas = dossier.documents[0].id, dossier.documents[1].id
        review.ask_again(
            dossier.id,
            requests=[(passport, ["glare", "cut_off"]), (kitas, ["expired"])],
            text="Your employer's name & stamp are fine.",
            actor=agent,
        )
        assert db.session.get_one(Dossier, dossier.id).status == lifecycle.COLLECTING
        assert db.session.get_one(Document, passport).reasons == ["glare", "cut_off"]
        assert db.session.get_one(Document, kitas).status == "refused"
        reference = dossier.reference
    run_jobs()
    (letter,) = outbox.to("anna@utopia.example")
    body = letter.get_body(("plain",))
    assert body is not None
    text = " ".join(body.get_content().split())
    assert reference in letter["Subject"]
    assert "Light is reflected on it." in text
    assert "all four corners" in text
    assert "It has expired" in text
    assert "Dear Aoife O'Sullivan," in text
    assert "Your employer's name & stamp are fine." in text


def test_the_letter_is_in_the_applicants_language_and_names_what_else_is_missing(
    app: Flask, agent: Actor
) -> None:
    with app.app_context():
        dossier = make.new_dossier(locale="id", phone=None)
        document = make.with_document(dossier, "passport")
        shown = review.preview_ask_again(
            dossier.id, requests=[(document.id, ["glare"]), ("kitas", [])], text="", actor=agent
        )
        assert "pantulan cahaya" in shown.text
        assert "Kami belum menerimanya" in shown.text
        assert "Surat dari bagian HRD" in shown.text
        assert "Nomor telepon" in shown.text
        assert db.session.get_one(Document, document.id).status == "undecided"


@pytest.mark.parametrize(
    ("reasons", "text"), [([], "x"), (["no_such_reason"], "x"), (["other"], ""), (["glare"], "x" * 2001)]
)
def test_asking_again_needs_a_reason_the_applicant_understands(
    app: Flask, agent: Actor, reasons: list[str], text: str
) -> None:
    with app.app_context():
        dossier = make.reviewing()
        with pytest.raises(InvalidInput):
            review.ask_again(
                dossier.id, requests=[(dossier.documents[0].id, reasons)], text=text, actor=agent
            )
        assert db.session.scalars(select(Letter)).all() == []


def test_an_agent_does_not_free_a_held_dossier_by_asking_again(
    app: Flask, agent: Actor, people: People
) -> None:
    with app.app_context():
        dossier = make.reviewing()
        supervisor = actor_of(people.supervisor())
        review.hold(dossier.id, reason="Suspected fraud", actor=supervisor)
        with pytest.raises(NotPermitted):
            review.ask_again(dossier.id, requests=[("selfie", [])], text="", actor=agent)
        review.release(dossier.id, reason="Cleared", actor=supervisor)
        assert db.session.get_one(Dossier, dossier.id).status == lifecycle.REVIEWING


def test_a_new_file_after_asking_again_completes_the_dossier(app: Flask, agent: Actor) -> None:
    with app.app_context():
        dossier = make.reviewing()
        review.ask_again(dossier.id, requests=[(dossier.documents[0].id, ["glare"])], text="", actor=agent)
        make.with_document(dossier, "passport")
        assert db.session.get_one(Dossier, dossier.id).status == lifecycle.REVIEWING


def test_a_file_of_unknown_kind_completes_once_somebody_says_what_it_is(app: Flask, agent: Actor) -> None:
    with app.app_context():
        dossier = make.new_dossier()
        for kind in ("passport", "kitas", "hr_letter"):
            make.with_document(dossier, kind)
        unknown = make.with_document(dossier, None, filename="IMG_0042.jpg")
        assert (unknown.kind, db.session.get_one(Dossier, dossier.id).status) == (
            "other",
            lifecycle.COLLECTING,
        )
        review.change_kind(unknown.id, kind="selfie", actor=agent)
        assert db.session.get_one(Dossier, dossier.id).status == lifecycle.REVIEWING


def test_the_kind_is_one_of_the_known_and_takes_the_decision_back(app: Flask, agent: Actor) -> None:
    with app.app_context():
        document = make.reviewing().documents[0]
        review.accept_document(document.id, actor=agent)
        with pytest.raises(InvalidInput):
            review.change_kind(document.id, kind="visa", actor=agent)
        changed = review.change_kind(document.id, kind="other", actor=agent)
        assert (changed.kind, changed.status) == ("other", "undecided")


def test_finishing_names_everything_that_is_missing(app: Flask, agent: Actor) -> None:
    with app.app_context():
        dossier = make.reviewing()
        for document in list(dossier.documents)[1:]:
            review.accept_document(document.id, actor=agent)
        with pytest.raises(Refused) as refused:
            review.finish_review(dossier.id, call_confirmed=False, actor=agent)
        sentence = str(refused.value.message)
        for words in (
            "Passport is undecided",
            "the name is missing",
            "Passport number is missing",
            "Company is missing",
        ):
            assert words in sentence
        assert db.session.get_one(Dossier, dossier.id).status == lifecycle.REVIEWING


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"passport_expires_on": date(2020, 1, 1)}, "the passport has expired"),
        ({"surname": "", "given_names": ""}, "the name is missing"),
        ({"surname": "ER1KSSON"}, "certificate cannot carry"),
    ],
)
def test_finishing_needs_data_that_a_certificate_can_carry(
    app: Flask, agent: Actor, values: dict[str, Any], words: str
) -> None:
    with app.app_context():
        dossier = edit_applicant(make.reviewed(agent).id, values=values, actor=agent)
        with pytest.raises(Refused) as refused:
            review.finish_review(dossier.id, call_confirmed=False, actor=agent)
        assert words in str(refused.value.message)


def test_a_single_name_is_enough(app: Flask, agent: Actor) -> None:
    with app.app_context():
        dossier = edit_applicant(make.reviewed(agent).id, values={"given_names": ""}, actor=agent)
        assert review.finish_review(dossier.id, call_confirmed=False, actor=agent).applicant == "ERIKSSON"


def test_of_two_who_finish_at_once_one_wins(app: Flask, agent: Actor, people: People) -> None:
    with app.app_context():
        dossier_id = make.reviewed(agent).id
    start, outcomes = threading.Barrier(2), []

    def finish(actor: Actor) -> None:
        with app.app_context():
            start.wait()
            try:
                review.finish_review(dossier_id, call_confirmed=False, actor=actor)
                outcomes.append("finished")
            except DeskError as refusal:
                outcomes.append(type(refusal).__name__)

    threads = [threading.Thread(target=finish, args=(actor,)) for actor in (agent, actor_of(people.agent()))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["Stale", "finished"]


def test_decisions_are_refused_outside_a_review(app: Flask, agent: Actor) -> None:
    with app.app_context():
        dossier = make.awaiting_call(agent)
        with pytest.raises(Refused):
            review.undo_decision(dossier.documents[0].id, actor=agent)


@pytest.mark.parametrize("change", ["undo", "edit", "add", "kind", "withdraw"])
def test_evidence_that_changes_takes_a_dossier_out_of_approval(app: Flask, agent: Actor, change: str) -> None:
    said = heard(app, "dossier.change_evidence")
    with app.app_context():
        dossier = make.awaiting_approval(agent)
        document = dossier.documents[0].id
        acts = {
            "undo": lambda: review.undo_decision(document, actor=agent),
            "edit": lambda: edit_applicant(dossier.id, values={"company": "PT Lain"}, actor=agent),
            "add": lambda: make.with_document(dossier, "other"),
            "kind": lambda: review.change_kind(document, kind="other", actor=agent),
            "withdraw": lambda: review.withdraw_document(document, reason="A duplicate", actor=agent),
        }
        acts[change]()
        assert db.session.get_one(Dossier, dossier.id).status == lifecycle.REVIEWING
        assert said == [
            (
                "dossier.change_evidence",
                {"dossier_id": dossier.id, "staff_id": 0 if change == "add" else agent.id},
            )
        ]


def test_an_edit_that_changes_nothing_leaves_the_approval_alone(app: Flask, agent: Actor) -> None:
    with app.app_context():
        dossier = make.awaiting_approval(agent)
        edit_applicant(dossier.id, values={"company": " PT  Contoh Jaya "}, actor=agent)
        assert db.session.get_one(Dossier, dossier.id).status == lifecycle.AWAITING_APPROVAL


def test_an_edit_on_a_stale_page_changes_nothing(app: Flask, agent: Actor) -> None:
    with app.app_context():
        dossier = make.reviewing()
        version = applicant_version(dossier)
        edit_applicant(dossier.id, values={"surname": "FIRST"}, actor=agent, version=version)
        with pytest.raises(Stale):
            edit_applicant(dossier.id, values={"surname": "SECOND"}, actor=agent, version=version)
        assert db.session.get_one(Dossier, dossier.id).surname == "FIRST"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("passport_number", "TOO-LONG-NUMBER"),
        ("passport_number", "AB#123"),
        ("nationality", "XYZ"),
        ("birth_date", date(1800, 1, 1)),
        ("birth_date", date(2199, 1, 1)),
        ("passport_expires_on", date(2199, 1, 1)),
        ("phone", "12"),
        ("surname", "SMI‮TH"),
        ("surname", "A" * 129),
        ("email", "else@utopia.example"),
        ("status", "approved"),
    ],
)
def test_data_that_cannot_be_right_are_refused(app: Flask, agent: Actor, field: str, value: object) -> None:
    with app.app_context():
        dossier = make.reviewing()
        with pytest.raises(InvalidInput):
            edit_applicant(dossier.id, values={field: value}, actor=agent)


def test_the_phone_number_may_be_what_was_missing(app: Flask) -> None:
    with app.app_context():
        dossier = make.new_dossier(phone=None)
        for kind in ("passport", "kitas", "hr_letter", "selfie"):
            make.with_document(dossier, kind)
        assert db.session.get_one(Dossier, dossier.id).status == lifecycle.COLLECTING
        found = edit_applicant(dossier.id, values={"phone": "0812 3456 7890"}, actor=SYSTEM)
        assert (found.phone, found.status) == ("+6281234567890", lifecycle.REVIEWING)


def test_data_that_were_vouched_for_are_not_emptied(app: Flask, agent: Actor) -> None:
    with app.app_context():
        dossier = make.awaiting_call(agent)
        with pytest.raises(Refused):
            edit_applicant(dossier.id, values={"passport_number": ""}, actor=agent)
        assert db.session.get_one(Dossier, dossier.id).passport_number == "L898902C3"


def test_a_rejection_keeps_its_reason_from_the_applicant(
    app: Flask, people: People, run_jobs: RunJobs, outbox: Outbox
) -> None:
    with app.app_context():
        dossier = make.reviewing(email="anna@utopia.example")
        supervisor = actor_of(people.supervisor())
        review.reject(dossier.id, reason="Edges do not match", code=RejectionReason.FORGERY, actor=supervisor)
        entry = db.session.scalars(select(TrailEntry).filter_by(verb="dossier.reject")).one()
        detail = db.session.scalars(select(TrailDetail).filter_by(entry_id=entry.id)).one()
        assert detail.content == {"reason": "forgery: Edges do not match"}
    run_jobs()
    (letter,) = outbox.to("anna@utopia.example")
    body = letter.get_body(("plain",))
    assert body is not None
    assert "cannot accept it" in " ".join(body.get_content().split())
    assert "forgery" not in body.get_content()
    assert "Edges" not in body.get_content()


def test_an_agent_neither_rejects_nor_holds(app: Flask, agent: Actor) -> None:
    with app.app_context():
        dossier = make.reviewing()
        for verb in (review.reject, review.hold):
            with pytest.raises(NotPermitted):
                verb(dossier.id, reason="x", actor=agent)


def test_the_acknowledgement_names_what_arrived_and_what_is_missing(
    app: Flask, run_jobs: RunJobs, outbox: Outbox
) -> None:
    with app.app_context():
        dossier = make.new_dossier(email="anna@utopia.example", phone=None)
        make.with_document(dossier, "passport")
        make.with_document(dossier, None, filename="IMG_0042.jpg")
        acknowledge(dossier.id)
    run_jobs()
    (letter,) = outbox.to("anna@utopia.example")
    body = letter.get_body(("plain",))
    assert body is not None
    arrived, _, missing = body.get_content().partition("Still missing")
    assert "Passport" in arrived
    assert "IMG_0042.jpg" in arrived
    for words in ("KITAS", "HR department", "Selfie", "Phone number"):
        assert words in missing
    assert "Passport (" not in missing


@pytest.mark.parametrize("locale", ["en", "id"])
def test_letters_know_every_kind_and_reason(app: Flask, locale: str) -> None:
    from app.documents.kinds import DocumentKind
    from app.documents.reasons import RefusalReason

    with app.app_context():
        words = app.jinja_env.get_template(f"letters/dossiers/words.{locale}.txt").make_module()
        assert set(words.kinds) == {*DocumentKind, "phone"}  # type: ignore[attr-defined]
        assert set(words.reasons) == set(RefusalReason)  # type: ignore[attr-defined]
        context = {"name": "Anna", "reference": "D-1", "arrived": [], "missing": [], "unsorted": []}
        assert render("dossiers/received", locale=locale, context=context).html
