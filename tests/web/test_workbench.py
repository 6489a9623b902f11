"""The workbench: what each state offers, every form, and what is refused without changing anything."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.approvals.models import ApprovalRequest
from app.audit.models import TrailEntry
from app.documents.models import Document
from app.dossiers.assign import assign
from app.dossiers.models import Dossier, Note
from app.dossiers.review import accept_document, hold
from app.kernel.clock import now
from app.kernel.database import db, use_case
from app.letters.models import Letter
from app.staff.models import StaffMember
from tests.factories import calls as make_calls
from tests.factories import conversations as talk
from tests.factories import dossiers as make
from tests.factories.staff import actor_of
from tests.fixtures.desk import RunJobs
from tests.fixtures.mail import Outbox
from tests.fixtures.pages import InspectingClient, page_of
from tests.fixtures.people import People, SignIn

BENCH = "/desk/workbench"


class Bench:
    """One dossier on the screen of a signed-in person; `act` sends one of its forms as a browser would."""

    def __init__(self, app: Flask, client: InspectingClient, dossier: Dossier) -> None:
        self.app, self.client = app, client
        with app.app_context():
            self.id, self.reference = dossier.id, dossier.reference
            self.documents = {one.kind: one.id for one in db.session.get_one(Dossier, dossier.id).documents}
        self.path = f"{BENCH}/{self.reference}"

    def url(self, action: str, paper: str | None = None) -> str:
        """The address of a form, about a document if its kind is given."""
        return f"{self.path}/documents/{self.documents[paper]}/{action}" if paper else f"{self.path}/{action}"

    def at(self, paper: str | None = None) -> str:
        """The address of the page, at a document."""
        return f"{self.path}?document={self.documents[paper]}" if paper else self.path

    def act(self, action: str, paper: str | None = None, /, **values: Any) -> TestResponse:
        """Open the page and send the form of this action."""
        return self.client.submit(self.at(paper), self.url(action, paper), **values)

    def prepare(self, action: str, paper: str | None = None, /, **values: Any) -> Callable[[], TestResponse]:
        """Open the page now and send its form when called: what happens in between makes it stale."""
        form = self.client.page(self.at(paper)).form(self.url(action, paper))
        return lambda: self.client.send(form, self.at(paper), **values)

    @property
    def status(self) -> str:
        """The dossier's state."""
        with self.app.app_context():
            return str(db.session.scalar(select(Dossier.status).where(Dossier.id == self.id)))

    def document(self, kind: str) -> str:
        """The decision on a document."""
        with self.app.app_context():
            return str(db.session.scalar(select(Document.status).where(Document.id == self.documents[kind])))

    def entries(self) -> int:
        """How many entries the trail has about it: none is added by what is refused."""
        with self.app.app_context():
            return int(db.session.scalar(select(func.count()).where(TrailEntry.dossier_id == self.id)) or 0)


@pytest.fixture
def agent(client: InspectingClient, sign_in: SignIn) -> StaffMember:
    """An agent at the desk."""
    return sign_in(client, "agent", name="Sari Wulandari")


@pytest.fixture
def bench(app: Flask, client: InspectingClient, agent: StaffMember) -> Bench:
    """A dossier to review, before an agent."""
    with app.app_context():
        return Bench(app, client, make.reviewing())


def bench_of(app: Flask, client: InspectingClient, maker: Callable[..., Dossier], *args: Any) -> Bench:
    """A dossier made so, before whoever is signed in."""
    with app.app_context():
        return Bench(app, client, maker(*args))


@use_case
def change(model: type[Any], row_id: int, **values: Any) -> None:
    """Let somebody else have changed a row meanwhile."""
    row = db.session.get_one(model, row_id)
    for name, value in values.items():
        setattr(row, name, value)


class TestShowing:
    def test_the_first_undecided_document_is_shown(self, bench: Bench) -> None:
        page = bench.client.get(bench.path).text

        assert bench.reference in page
        assert f"/desk/documents/{bench.documents['passport']}/" in page or "The pages are being made" in page
        assert bench.url("accept", "passport") in page

    @pytest.mark.parametrize("document", ["99999999999", "9" * 40, "x", "-1", "0"])
    def test_a_document_that_is_not_there(self, bench: Bench, document: str) -> None:
        assert bench.client.get(f"{bench.path}?document={document}").status_code == 404

    def test_another_dossiers_document(self, app: Flask, bench: Bench) -> None:
        other = bench_of(app, bench.client, make.reviewing)

        assert bench.client.get(f"{bench.path}?document={other.documents['passport']}").status_code == 404

    def test_no_such_dossier(self, bench: Bench) -> None:
        assert bench.client.get(f"{BENCH}/D-00000").status_code == 404

    def test_an_auditor_reads_without_pictures_mail_or_forms(
        self, app: Flask, client: InspectingClient, sign_in: SignIn
    ) -> None:
        sign_in(client, "auditor")
        with app.app_context():
            dossier = make.reviewing()
            talk.talking(dossier, "A private sentence.")
            bench = Bench(app, client, dossier)

        page = client.page(bench.path)

        text = client.get(bench.path).text
        assert "A private sentence." not in text
        assert "/desk/documents/" not in text
        assert not [form for form in page.forms if (form.action or "").startswith(BENCH)]

    @pytest.mark.parametrize("roles", [("administrator",)])
    def test_who_does_not_read_dossiers(
        self, app: Flask, client: InspectingClient, sign_in: SignIn, roles: tuple[str, ...]
    ) -> None:
        sign_in(client, *roles)
        bench = bench_of(app, client, make.reviewing)

        assert client.get(bench.path).status_code == 403

    def test_the_timeline_tells_who_did_what_and_why(self, bench: Bench) -> None:
        bench.act("note", body="She called about the letter.")
        bench.act("withdraw", "selfie", reason="It shows a cat.")

        text = bench.client.get(bench.path).text
        assert "She called about the letter." in text
        assert "It shows a cat." in text
        assert "Sari Wulandari" in text

    def test_older_lines_are_shown_on_request(self, app: Flask, bench: Bench) -> None:
        for number in range(26):
            bench.act("note", body=f"Note number {number}.")

        assert "Note number 0." not in bench.client.get(bench.path).text
        assert "Note number 0." in bench.client.get(f"{bench.path}?lines=100").text
        assert bench.client.get(f"{bench.path}?lines=junk").status_code == 200


class TestDeciding:
    def test_accepting_goes_on_to_the_next_one(self, bench: Bench) -> None:
        answer = bench.act("accept", "passport")

        assert answer.status_code == 302
        assert answer.location == bench.at("kitas")
        assert bench.document("passport") == "accepted"

    def test_after_the_last_one_the_page_stays(self, bench: Bench) -> None:
        for kind in ("kitas", "hr_letter", "selfie"):
            bench.act("accept", kind)

        assert bench.act("accept", "passport").location == bench.at("passport")

    def test_undo(self, bench: Bench) -> None:
        bench.act("accept", "passport")

        assert bench.act("undo", "passport").location == bench.at("passport")
        assert bench.document("passport") == "undecided"

    def test_another_kind(self, app: Flask, bench: Bench) -> None:
        assert bench.act("kind", "selfie", kind="other").status_code == 302

        with app.app_context():
            assert db.session.get_one(Document, bench.documents["selfie"]).kind == "other"

    def test_a_kind_that_does_not_exist(self, bench: Bench) -> None:
        assert bench.act("kind", "selfie", kind="driving_licence").status_code == 400

    def test_withdrawing_needs_a_reason(self, bench: Bench) -> None:
        assert bench.act("withdraw", "selfie", reason=" ").status_code == 400
        assert bench.document("selfie") == "undecided"

        assert bench.act("withdraw", "selfie", reason="It shows a cat.").status_code == 302
        assert bench.document("selfie") == "withdrawn"

    @pytest.mark.parametrize("action", ["accept", "undo", "kind", "withdraw"])
    def test_another_dossiers_document_is_not_found(self, app: Flask, bench: Bench, action: str) -> None:
        other = bench_of(app, bench.client, make.reviewing)
        form = bench.client.page(bench.at("passport")).form(bench.url("accept", "passport"))
        form.action = f"{bench.path}/documents/{other.documents['passport']}/{action}"

        answer = bench.client.send(form, bench.path, kind="other", reason="Mine.")

        assert answer.status_code == 404
        assert other.document("passport") == "undecided"

    def test_a_double_click_is_told_kindly(self, bench: Bench) -> None:
        send = bench.prepare("accept", "passport")
        assert send().status_code == 302
        before = bench.entries()

        again = send()

        assert again.status_code == 409
        assert "Nothing was done" in again.text
        assert bench.entries() == before

    def test_a_document_whose_kind_was_changed_meanwhile(self, bench: Bench) -> None:
        send = bench.prepare("accept", "passport")
        bench.act("kind", "passport", kind="other")

        assert send().status_code == 409
        assert bench.document("passport") == "undecided"

    def test_a_dossier_that_becomes_complete_disturbs_no_decision(
        self, app: Flask, client: InspectingClient, agent: StaffMember
    ) -> None:
        with app.app_context():
            dossier = make.new_dossier()
            for kind in ("passport", "kitas", "hr_letter"):
                make.drawn(make.with_document(dossier, kind))
            bench = Bench(app, client, dossier)
        send = bench.prepare("accept", "passport")
        with app.app_context():
            make.with_document(dossier, "selfie")
        assert bench.status == "reviewing"

        assert send().status_code == 302

    def test_a_dossier_that_is_held_meanwhile_disturbs_it(
        self, app: Flask, bench: Bench, people: People
    ) -> None:
        send = bench.prepare("accept", "passport")
        supervisor = actor_of(people.supervisor())
        with app.app_context():
            hold(bench.id, reason="Wait.", actor=supervisor)

        answer = send()

        assert answer.status_code == 409
        assert "Held" in answer.text
        assert bench.document("passport") == "undecided"


class TestFinishing:
    def test_the_button_says_what_is_missing(self, bench: Bench) -> None:
        text = bench.client.get(bench.path).text

        assert "The review cannot be finished yet" in text
        assert bench.url("finish-review") not in text

    def test_finished_it_waits_for_the_call(
        self, app: Flask, client: InspectingClient, agent: StaffMember
    ) -> None:
        bench = bench_of(app, client, make.reviewed, actor_of(agent))

        assert bench.act("finish-review").status_code == 302

        assert bench.status == "awaiting_call"
        assert f"/desk/calls/schedule/{bench.reference}" in client.get(bench.path).text

    def test_with_a_confirmed_call_it_goes_to_the_supervisors(
        self, app: Flask, client: InspectingClient, agent: StaffMember, people: People
    ) -> None:
        caller = people.agent()
        with app.app_context():
            call = make_calls.confirmed(caller, reviewer=agent)
            dossier = db.session.get_one(Dossier, call.dossier_id)
            bench = Bench(app, client, dossier)
        bench.act("undo", "selfie")
        assert bench.status == "reviewing"
        bench.act("accept", "selfie")

        bench.act("finish-review")

        assert bench.status == "awaiting_approval"

    def test_data_edited_meanwhile_are_not_vouched_for(
        self, app: Flask, client: InspectingClient, agent: StaffMember
    ) -> None:
        bench = bench_of(app, client, make.reviewed, actor_of(agent))
        send = bench.prepare("finish-review")
        bench.act("edit", company="PT Lain")

        assert send().status_code == 409
        assert bench.status == "reviewing"


class TestEditing:
    def test_data_are_kept(self, app: Flask, bench: Bench) -> None:
        answer = bench.act("edit", surname="ERIKSSON", passport_expires_on="2032-04-15")

        assert answer.status_code == 302
        with app.app_context():
            dossier = db.session.get_one(Dossier, bench.id)
            assert (dossier.surname, str(dossier.passport_expires_on)) == ("ERIKSSON", "2032-04-15")

    def test_what_is_refused_stays_on_the_page(self, app: Flask, bench: Bench) -> None:
        answer = bench.act("edit", surname="ERIKSSON", passport_number="not a passport number")

        assert answer.status_code == 400
        assert page_of(answer).form(bench.url("edit")).fields["surname"] == "ERIKSSON"
        assert "up to 9 letters and digits" in answer.text
        with app.app_context():
            assert db.session.get_one(Dossier, bench.id).surname == ""

    def test_nobody_overwrites_what_they_never_saw(self, app: Flask, bench: Bench) -> None:
        send = bench.prepare("edit", surname="FIRST")
        bench.act("edit", surname="SECOND")

        answer = send()

        assert answer.status_code == 409
        with app.app_context():
            assert db.session.get_one(Dossier, bench.id).surname == "SECOND"

    def test_the_page_asks_before_a_request_becomes_void(
        self, app: Flask, client: InspectingClient, agent: StaffMember
    ) -> None:
        bench = bench_of(app, client, make.awaiting_approval, actor_of(agent))

        assert "the request is void" in client.get(bench.path).text


class TestAskingAgain:
    def preview(self, bench: Bench, **more: Any) -> TestResponse:
        ticked = {f"reason-{bench.documents['passport']}": ["glare", "cut_off"]}
        values = {"text": "Without your thumb, please.", "step": "preview", **ticked, **more}
        return bench.act("ask-again", **values)

    def test_the_letter_shown_is_the_letter_sent(
        self, app: Flask, bench: Bench, outbox: Outbox, run_jobs: RunJobs
    ) -> None:
        shown = self.preview(bench)
        assert shown.status_code == 200
        assert bench.status == "reviewing", "Nothing is done by looking."
        assert "Without your thumb, please." in shown.text

        form = page_of(shown).form(bench.url("ask-again"))
        ticked = {f"reason-{bench.documents['passport']}": ["glare", "cut_off"]}
        sent = bench.client.send(form, bench.path, step="send", **ticked)

        assert sent.status_code == 302
        assert bench.status == "collecting"
        assert bench.document("passport") == "refused"
        with app.app_context():
            letter = db.session.scalars(select(Letter).where(Letter.kind == "dossiers/ask_again")).one()
            body = page_of(shown).text
            for line in letter.text.splitlines():
                assert line.strip() in body, f"The letter says what was not shown: {line}"
            address = letter.to_address
        run_jobs()
        assert len(outbox.to(address)) == 1

    def test_a_letter_in_indonesian_is_shown_in_indonesian(
        self, app: Flask, client: InspectingClient, agent: StaffMember
    ) -> None:
        with app.app_context():
            bench = Bench(app, client, make.reviewing(locale="id"))

        assert "Anda" in self.preview(bench).text

    def test_sending_without_having_looked(self, bench: Bench) -> None:
        answer = self.preview(bench, step="send")

        assert answer.status_code == 409
        assert bench.document("passport") == "undecided"

    def test_words_changed_after_looking_are_looked_at_again(self, bench: Bench) -> None:
        form = page_of(self.preview(bench)).form(bench.url("ask-again"))

        answer = bench.client.send(form, bench.path, step="send", text="Something else altogether.")

        assert answer.status_code == 409
        assert bench.status == "reviewing"
        assert "Something else altogether." in answer.text, "What was typed stays in the box."

    def test_nothing_ticked(self, bench: Bench) -> None:
        answer = bench.act("ask-again", text="", step="preview")

        assert answer.status_code == 400
        assert "Tick at least one reason" in answer.text

    def test_another_dossiers_document(self, app: Flask, bench: Bench) -> None:
        other = bench_of(app, bench.client, make.reviewing)
        form = bench.client.page(bench.path).form(bench.url("ask-again"))
        ticked = {f"reason-{other.documents['passport']}": "glare"}

        assert bench.client.send(form, bench.path, step="preview", **ticked).status_code == 404
        assert other.document("passport") == "undecided"

    @pytest.mark.parametrize("name", ["reason-x", "reason-", f"reason-{'9' * 30}"])
    def test_a_forged_name(self, bench: Bench, name: str) -> None:
        form = bench.client.page(bench.path).form(bench.url("ask-again"))

        assert bench.client.send(form, bench.path, step="preview", **{name: "glare"}).status_code == 404

    def test_what_is_missing_is_ticked_already(
        self, app: Flask, client: InspectingClient, agent: StaffMember
    ) -> None:
        bench = bench_of(app, client, make.new_dossier)

        shown = bench.act("ask-again", step="preview")

        assert shown.status_code == 200
        form = page_of(shown).form(bench.url("ask-again"))
        assert bench.client.send(form, bench.path, step="send").status_code == 302
        assert bench.status == "collecting"


class TestWriting:
    @pytest.fixture
    def talking(self, app: Flask, client: InspectingClient, agent: StaffMember) -> Bench:
        """A dossier whose applicant wrote a mail."""
        with app.app_context():
            dossier = make.reviewing()
            talk.talking(dossier)
            return Bench(app, client, dossier)

    def reply(self, bench: Bench, **values: Any) -> Callable[[], TestResponse]:
        """The form with its other button: it posts to the answer's address."""
        form = bench.client.page(bench.path).form(bench.url("note"))
        form.action = bench.url("reply")
        return lambda: bench.client.send(form, bench.path, **values)

    def test_a_note_stays_inside(self, app: Flask, bench: Bench, outbox: Outbox, run_jobs: RunJobs) -> None:
        assert bench.act("note", body="Only for us.").status_code == 302

        with app.app_context():
            assert db.session.scalars(select(Note.text)).all() == ["Only for us."]
        run_jobs()
        assert not outbox

    def test_an_answer_goes_to_the_applicant(
        self, app: Flask, talking: Bench, outbox: Outbox, run_jobs: RunJobs
    ) -> None:
        assert self.reply(talking, body="Thank you.")().status_code == 302

        run_jobs()
        with app.app_context():
            address = db.session.get_one(Dossier, talking.id).email
        (message,) = outbox.to(address)
        assert "Thank you." in message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert "Thank you." in talking.client.get(talking.path).text

    def test_an_answer_after_new_mail_is_kept_but_not_sent(
        self, app: Flask, talking: Bench, outbox: Outbox, run_jobs: RunJobs
    ) -> None:
        send = self.reply(talking, body="Thank you.")
        with app.app_context():
            dossier = db.session.get_one(Dossier, talking.id)
            talk.talking(dossier, "Wait, one more thing.")

        answer = send()

        assert answer.status_code == 409
        assert page_of(answer).form(talking.url("note")).fields["body"] == "Thank you."
        run_jobs()
        assert not outbox

    def test_without_a_conversation_there_is_no_answer(self, bench: Bench) -> None:
        assert self.reply(bench, body="Hello?")().status_code == 404

    @pytest.mark.parametrize("body", ["", "   ", "turned \u202e round"])
    def test_words_that_are_none(self, bench: Bench, body: str) -> None:
        assert bench.act("note", body=body).status_code == 400

    def test_a_file_by_hand_says_where_it_came_from(self, app: Flask, bench: Bench) -> None:
        file = (io.BytesIO(make.jpeg()), "../from desk.jpg")

        answer = bench.act("file", file=file, kind="other", comment="Brought to the counter.")

        assert answer.status_code == 302
        with app.app_context():
            added = db.session.scalars(select(Document).order_by(Document.id.desc()).limit(1)).one()
            assert (added.dossier_id, added.source, added.kind) == (bench.id, "counter", "other")
        assert "Brought to the counter." in bench.client.get(bench.path).text

    @pytest.mark.parametrize(
        "values",
        [{"comment": "From where?"}, {"file": (b"", "empty.jpg"), "comment": "Empty."}],
        ids=["no file", "empty"],
    )
    def test_a_file_that_is_none(self, app: Flask, bench: Bench, values: dict[str, Any]) -> None:
        if "file" in values:
            values = {**values, "file": (io.BytesIO(values["file"][0]), values["file"][1])}

        assert bench.act("file", **{"kind": "other", **values}).status_code == 400
        with app.app_context():
            assert db.session.scalar(select(func.count(Document.id))) == 4
            assert not db.session.scalars(select(Note)).all()

    def test_several_files_at_once_say_how_they_came(self, app: Flask, bench: Bench) -> None:
        files = [(io.BytesIO(make.jpeg()), name) for name in ("kitas anna.jpg", "selfie.jpg")]

        answer = bench.act("file", file=files, kind="", channel="messenger", comment="Sent to Sari.")

        assert answer.status_code == 302
        with app.app_context():
            added = db.session.scalars(select(Document).order_by(Document.id.desc()).limit(2)).all()
            assert {(one.source, one.kind) for one in added} == {
                ("messenger", "kitas"),
                ("messenger", "selfie"),
            }
        page = bench.client.get(bench.path).text
        assert "by messenger" in page and "Sent to Sari." in page

    def test_a_refused_file_keeps_what_was_typed_and_adds_none(self, app: Flask, bench: Bench) -> None:
        files = [(io.BytesIO(make.jpeg()), "kitas.jpg"), (io.BytesIO(b""), "empty.jpg")]

        answer = bench.act("file", file=files, kind="", channel="post", comment="A long story.")

        assert answer.status_code == 400
        form = page_of(answer).form(has={"file", "comment"})
        assert (form.fields["comment"], form.fields["channel"]) == ("A long story.", "post")
        assert "empty.jpg: The file is empty" in answer.text and "data-open-now" in answer.text
        with app.app_context():
            assert db.session.scalar(select(func.count(Document.id))) == 4


class TestTaking:
    def test_an_agent_takes_it(self, app: Flask, bench: Bench, agent: StaffMember) -> None:
        assert bench.act("take").status_code == 302

        with app.app_context():
            assert db.session.get_one(Dossier, bench.id).assigned_to_id == agent.id

    def test_somebody_was_faster(self, app: Flask, bench: Bench, people: People) -> None:
        send = bench.prepare("take")
        other = people.agent()
        with app.app_context():
            assign(bench.id, staff_id=other.id, actor=actor_of(other))

        assert send().status_code == 409
        with app.app_context():
            assert db.session.get_one(Dossier, bench.id).assigned_to_id == other.id


class TestSupervising:
    @pytest.fixture
    def supervised(self, app: Flask, client: InspectingClient, sign_in: SignIn) -> Bench:
        """A dossier to review, before a supervisor."""
        sign_in(client, "supervisor")
        return bench_of(app, client, make.reviewing)

    def test_hold_and_release(self, supervised: Bench) -> None:
        assert supervised.act("hold", reason="Two people, one number.").status_code == 302
        assert supervised.status == "held"

        assert supervised.act("release", reason="They are twins.").status_code == 302
        assert supervised.status == "reviewing"

    def test_reject(self, supervised: Bench, outbox: Outbox, run_jobs: RunJobs) -> None:
        answer = supervised.act("reject", choice="forgery", reason="The photo is glued.", text="Sorry.")

        assert answer.status_code == 302
        assert supervised.status == "rejected"
        run_jobs()
        (letter,) = outbox
        body = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert "Sorry." in body
        assert "glued" not in body

    @pytest.mark.parametrize("action", ["hold", "reject"])
    def test_without_a_reason_nothing_happens(self, supervised: Bench, action: str) -> None:
        assert supervised.act(action, reason="").status_code == 400
        assert supervised.status == "reviewing"

    @pytest.mark.parametrize("action", ["hold", "reject"])
    def test_a_dossier_that_moved_on(self, app: Flask, supervised: Bench, action: str) -> None:
        send = supervised.prepare(action, reason="As it was.", choice="other")
        with app.app_context():
            change(Dossier, supervised.id, status="awaiting_call", status_since=now())

        assert send().status_code == 409
        assert supervised.status == "awaiting_call"

    @pytest.mark.parametrize("action", ["hold", "release", "reject"])
    def test_an_agent_may_not(self, bench: Bench, action: str) -> None:
        form = bench.client.page(bench.path).form(bench.url("note"))
        form.action = bench.url(action)

        answer = bench.client.send(form, bench.path, reason="I would like to.", choice="other")

        assert answer.status_code == 403
        assert bench.status == "reviewing"

    def test_a_held_dossier_tells_an_agent_who_releases_it(
        self, app: Flask, bench: Bench, people: People
    ) -> None:
        supervisor = actor_of(people.supervisor())
        with app.app_context():
            hold(bench.id, reason="Wait.", actor=supervisor)

        assert "Only a supervisor releases a held dossier" in bench.client.get(bench.path).text


class TestApproving:
    def test_the_request_is_one_press_away(
        self, app: Flask, client: InspectingClient, agent: StaffMember
    ) -> None:
        bench = bench_of(app, client, make.awaiting_approval, actor_of(agent))
        with app.app_context():
            request_id = db.session.scalars(select(ApprovalRequest.id)).one()

        assert f"/desk/approvals/{request_id}" in client.get(bench.path).text

    def test_an_expired_request_is_submitted_again(
        self, app: Flask, client: InspectingClient, agent: StaffMember
    ) -> None:
        bench = bench_of(app, client, make.awaiting_approval, actor_of(agent))
        with app.app_context():
            first = db.session.scalars(select(ApprovalRequest.id)).one()
            change(ApprovalRequest, first, expires_at=now())
        send = bench.prepare("submit-again")

        assert send().status_code == 302
        assert send().status_code == 409, "Pressed twice, one request."
        with app.app_context():
            states = db.session.scalars(select(ApprovalRequest.status).order_by(ApprovalRequest.id)).all()
        assert states == ["void", "pending"]


FORMS = [
    ("take", {}),
    ("finish-review", {}),
    ("edit", {"surname": "X"}),
    ("note", {"body": "x"}),
    ("reply", {"body": "x"}),
    ("ask-again", {"text": "x", "step": "preview"}),
    ("file", {"kind": "other", "comment": "x"}),
    ("hold", {"reason": "x"}),
    ("release", {"reason": "x"}),
    ("reject", {"reason": "x", "choice": "other"}),
    ("submit-again", {}),
]
DOCUMENT_FORMS = [("accept", {}), ("undo", {}), ("kind", {"kind": "other"}), ("withdraw", {"reason": "x"})]


class TestForging:
    @pytest.mark.parametrize(("action", "values"), [*FORMS, *DOCUMENT_FORMS])
    def test_without_our_token_nothing_happens(
        self, app: Flask, client: InspectingClient, sign_in: SignIn, action: str, values: dict[str, str]
    ) -> None:
        sign_in(client, "supervisor")
        bench = bench_of(app, client, make.reviewing)
        before = bench.entries()
        url = bench.url(action, "passport" if (action, values) in DOCUMENT_FORMS else None)

        assert client.post(url, data={**values, "seen": "x"}).status_code == 400
        assert client.get(url).status_code == 405
        assert bench.entries() == before

    @pytest.mark.parametrize(("action", "values"), [*FORMS, *DOCUMENT_FORMS])
    def test_without_having_seen_anything_nothing_happens(
        self, app: Flask, client: InspectingClient, sign_in: SignIn, action: str, values: dict[str, str]
    ) -> None:
        sign_in(client, "supervisor")
        bench = bench_of(app, client, make.reviewing)
        before = bench.entries()
        form = client.page(bench.path).form(bench.url("note"))
        form.action = bench.url(action, "passport" if (action, values) in DOCUMENT_FORMS else None)

        answer = client.send(form, bench.path, **{**values, "seen": None})

        assert answer.status_code in (400, 404)
        assert bench.entries() == before

    @pytest.mark.parametrize(("action", "values"), [*FORMS, *DOCUMENT_FORMS])
    def test_an_auditor_changes_nothing(
        self, app: Flask, client: InspectingClient, sign_in: SignIn, action: str, values: dict[str, str]
    ) -> None:
        sign_in(client, "auditor")
        bench = bench_of(app, client, make.reviewing)
        before = bench.entries()
        form = client.page(bench.path).form("/sign-out")
        form.action = bench.url(action, "passport" if (action, values) in DOCUMENT_FORMS else None)

        assert client.send(form, bench.path, **values, seen="x").status_code == 403
        assert bench.entries() == before

    def test_a_session_that_ended_is_sent_to_the_sign_in(self, bench: Bench) -> None:
        send = bench.prepare("accept", "passport")
        bench.client.submit(bench.path, "/sign-out")

        answer = send()

        # The token of the form went with the session, so the form is refused or the sign-in is shown.
        assert answer.status_code in (302, 400)
        assert bench.document("passport") == "undecided"


def test_a_document_decided_by_two_people_at_once_is_decided_once(
    app: Flask, client: InspectingClient, bench: Bench, people: People
) -> None:
    send = bench.prepare("accept", "passport")
    other = actor_of(people.agent())
    with app.app_context():
        accept_document(bench.documents["passport"], actor=other)

    assert send().status_code == 409
    with app.app_context():
        assert db.session.get_one(Document, bench.documents["passport"]).decided_by_id == other.id
