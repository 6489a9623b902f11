"""Two dossiers of one person, who wrote from two addresses, become one."""

from __future__ import annotations

import pytest
from flask import Flask

from app.approvals.decide import approve
from app.approvals.models import ApprovalRequest
from app.conversations.models import Conversation
from app.documents.models import Document
from app.dossiers.edit import edit_applicant
from app.dossiers.find import open_dossier_of
from app.dossiers.makers import ApproverCannotMake, makers_of
from app.dossiers.merge import merge_dossiers
from app.dossiers.models import Dossier, Note
from app.dossiers.notes import add_note
from app.dossiers.review import accept_document
from app.gateways import gateways
from app.kernel.actors import Actor
from app.kernel.database import db
from app.kernel.errors import NotPermitted, Refused
from app.letters.models import Letter
from app.vault.keep import read
from tests.factories import dossiers as make
from tests.factories.accounts import Cast, called, pending
from tests.factories.calls import booked, confirmed
from tests.factories.conversations import talking
from tests.factories.mails import mail, take_in
from tests.factories.staff import actor_of
from tests.fixtures.desk import RunJobs
from tests.fixtures.pages import InspectingClient
from tests.fixtures.people import People, SignIn

HOME, WORK = "anna@home.example", "anna@work.example"


@pytest.fixture
def agent(people: People) -> Actor:
    return actor_of(people.agent("Sari"))


def test_everything_goes_over(app: Flask, agent: Actor, people: People, run_jobs: RunJobs) -> None:
    other = actor_of(people.agent("Budi"))
    with app.app_context():
        kept = make.new_dossier(email=HOME, phone=None)
        passport = make.with_document(kept, "passport", content=make.jpeg("red"))
        gone = make.new_dossier(email=WORK)
        same = make.with_document(gone, "passport", content=make.jpeg("red"))
        kitas = make.drawn(make.with_document(gone, "kitas", content=make.jpeg("blue")))
        accept_document(kitas.id, actor=other)
        edit_applicant(kept.id, values={"surname": "ERIKSSON"}, actor=agent)
        edit_applicant(gone.id, values={"surname": "ERIKSON", "company": "PT Contoh"}, actor=other)
        talk = talking(gone)
        add_note(gone.id, text="Called twice.", actor=other)
        ids = [one.id for one in (kept, gone, passport, same, kitas, talk)]
    run_jobs()
    with app.app_context():
        kept_id, gone_id, passport_id, same_id, kitas_id, talk_id = ids
        merge_dossiers(gone_id, kept_id=kept_id, actor=agent)
        kept, gone = (db.session.get_one(Dossier, one) for one in (kept_id, gone_id))
        assert (gone.status, gone.merged_into_id) == ("merged", kept_id)
        assert {one.id for one in kept.documents} == {passport_id, kitas_id}
        assert db.session.get_one(Document, kitas_id).status == "undecided"
        assert db.session.get_one(Document, same_id).status == "withdrawn"
        assert (kept.surname, kept.company, kept.phone) == ("ERIKSSON", "PT Contoh", make.PHONE)
        notes = [one.text for one in db.session.query(Note).filter_by(dossier_id=kept_id).order_by(Note.id)]
        assert notes[0] == "Called twice." and "ERIKSON" in notes[1] and WORK in notes[1]
        assert db.session.get_one(Conversation, talk_id).dossier_id == kept_id
        assert db.session.query(Letter).filter_by(dossier_id=gone_id).count() == 0
        assert {one.staff_id for one in makers_of(kept_id)} >= {agent.id, other.id}
        gateways().vault._keys.destroy(gone.person.key_owner)
        assert read(db.session.get_one(Document, kitas_id).file) == make.jpeg("blue")
        assert read(db.session.get_one(Document, same_id).file) == make.jpeg("red")
        with pytest.raises(Refused):
            merge_dossiers(gone_id, kept_id=kept_id, actor=agent)


def test_mail_of_the_other_address_reaches_the_kept_one(app: Flask, agent: Actor, run_jobs: RunJobs) -> None:
    with app.app_context():
        for address in (HOME, WORK):
            take_in(mail(f"Anna <{address}>", files=("passport.jpg",)))
    run_jobs()
    with app.app_context():
        kept_id, gone_id = open_dossier_of(HOME).id, open_dossier_of(WORK).id
        merge_dossiers(gone_id, kept_id=kept_id, actor=agent)
        assert open_dossier_of(WORK).id == kept_id
        take_in(mail(f"Anna <{WORK}>", text="The selfie", files=("selfie.jpg",)))
    run_jobs()
    with app.app_context():
        assert db.session.query(Dossier).count() == 2, "No third one is opened."
        assert [one.filename for one in db.session.get_one(Dossier, kept_id).documents][-1] == "selfie.jpg"
        last = db.session.query(Letter).order_by(Letter.id.desc()).first()
        assert (last.dossier_id, last.to_address) == (kept_id, HOME)


def test_four_eyes_hold_through_a_merge(app: Flask, people: People) -> None:
    """Whoever made the one that went in is a maker of the kept one: the verb and the database both refuse."""
    cast, supervisor = Cast.of(app), people.with_roles("agent", "supervisor")
    maker = actor_of(supervisor)
    with app.app_context():
        gone = make.new_dossier(email=WORK)
        make.drawn(make.with_document(gone, "other"))
        accept_document(gone.documents[0].id, actor=maker)
        kept = called(cast)
        request = pending(kept)
        merge_dossiers(gone.id, kept_id=kept.id, actor=cast.agent)
        assert db.session.get_one(ApprovalRequest, request.id).status == "void"
        assert maker.id in {one.staff_id for one in makers_of(kept.id)}
        # The other way round: who approved the kept one before it lapsed cannot have made the other.
        approver = maker
        again = called(Cast(cast.agent, cast.caller, cast.supervisor))
        request = pending(again)
        approve(request.id, digest=request.digest.hex(), note="Fits.", actor=approver)
        make_open(again.id)
        more = make.new_dossier()
        make.drawn(make.with_document(more, "other"))
        accept_document(more.documents[0].id, actor=approver)
        with pytest.raises(ApproverCannotMake):
            merge_dossiers(more.id, kept_id=again.id, actor=cast.agent)


def make_open(dossier_id: int) -> None:
    """As if the approval had lapsed and the evidence changed."""
    make._put(dossier_id, "reviewing")


def test_what_must_be_done_first_is_said(app: Flask, agent: Actor, people: People) -> None:
    with app.app_context():
        kept = make.new_dossier()
        call = booked(people.agent(), reviewer=people.agent())
        sure = confirmed(people.agent(), reviewer=people.agent())
        held, rejected = make.in_state("held"), make.in_state("rejected")
        cases = {
            call.dossier_id: "Cancel that call first",
            sure.dossier_id: "sent back first",
            held.id: "releases it first",
            rejected.id: "decided on",
            kept.id: "one and the same",
        }
        for gone_id, words in cases.items():
            with pytest.raises(Refused) as refusal:
                merge_dossiers(gone_id, kept_id=kept.id, actor=agent)
            assert words in str(refusal.value.message)
        make._put(sure.dossier_id, "reviewing")
        with pytest.raises(Refused) as refusal:
            merge_dossiers(sure.dossier_id, kept_id=kept.id, actor=agent)
        assert "the identity was confirmed" in str(refusal.value.message)
        for state in ("held", "approved", "issued", "withdrawn", "expired", "merged"):
            with pytest.raises(Refused):
                merge_dossiers(kept.id, kept_id=make.in_state(state).id, actor=agent)
        with pytest.raises(NotPermitted):
            merge_dossiers(make.new_dossier().id, kept_id=kept.id, actor=actor_of(people.auditor()))


def test_the_screen_shows_both_and_the_old_reference_leads_on(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs
) -> None:
    with app.app_context():
        kept, gone = make.new_dossier(email=HOME), make.new_dossier(email=WORK, phone="+6281299999999")
        make.with_document(gone, "passport")
        first, second, gone_id = kept.reference, gone.reference, gone.id
    run_jobs()
    sign_in(client, "agent")
    bench, screen = f"/desk/workbench/{first}", f"/desk/merge/{first}/{second}"
    found = client.submit(bench, f"/desk/merge/{first}/find", query=WORK.upper())
    assert found.location == screen
    nobody = client.submit(bench, f"/desk/merge/{first}/find", query="nobody@else.example")
    assert nobody.location == bench
    page = client.page(screen)
    assert "+6281299999999" in page.text and "This cannot be undone." in page.text
    stale = page.form(screen)
    with app.app_context():
        make.with_document(db.session.get_one(Dossier, gone_id), "kitas")
    assert client.send(stale, screen).status_code == 409
    assert client.submit(screen, screen).status_code == 302
    old = client.get(f"/desk/workbench/{second}")
    assert old.status_code == 302 and old.location == bench
    assert f"{second} was merged into this dossier" in client.page(bench).text
    assert client.get(f"/desk/merge/{first}/{first}").status_code == 404
    assert client.get(f"/desk/merge/{first}/D-NOTHERE").status_code == 404
