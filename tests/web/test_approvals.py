"""Approvals: four eyes in verb and database, one decision, only on what was shown."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app.accounts.models import Account
from app.approvals.decide import EvidenceChanged, MakerCannotApprove, approve, reject, send_back
from app.approvals.models import ApprovalRequest
from app.approvals.snapshot import digest_of, snapshot_of
from app.approvals.submit import pending_request, submit_again
from app.calls.find import confirmed_call
from app.calls.models import Call
from app.dossiers.edit import edit_applicant
from app.dossiers.makers import ApproverCannotMake, add_maker
from app.dossiers.models import Dossier
from app.dossiers.review import accept_document, finish_review, undo_decision
from app.gateways.embedded_postgres import Urls
from app.kernel.clock import now
from app.kernel.database import db, fetch
from app.kernel.errors import DeskError, InvalidInput, NotPermitted, Refused
from app.letters.models import Letter
from app.staff.models import StaffMember
from tests.factories.approvals import approved, submitted
from tests.factories.dossiers import drawn, with_document
from tests.factories.staff import actor_of
from tests.fixtures.database import libpq
from tests.fixtures.desk import RunJobs
from tests.fixtures.mail import Outbox
from tests.fixtures.pages import InspectingClient, page_of
from tests.fixtures.people import People, SignIn

NOTE = "Everything fits."


@dataclass
class Case:
    """A request that waits, and the people around it; `supervisor` made nothing of it."""

    request_id: int
    dossier_id: int
    digest: str
    reviewer: StaffMember
    caller: StaffMember
    supervisor: StaffMember

    @property
    def path(self) -> str:
        """The request's page."""
        return f"/desk/approvals/{self.request_id}"


@pytest.fixture
def case(app: Flask, people: People) -> Case:
    """A request, reviewed by one supervisor and called by another."""
    reviewer, caller = people.supervisor("Rina Reviewer"), people.supervisor("Chandra Caller")
    supervisor = people.supervisor("Sri Supervisor")
    with app.app_context():
        request = submitted(caller=caller, reviewer=reviewer)
        return Case(request.id, request.dossier_id, request.digest.hex(), reviewer, caller, supervisor)


def decide_at_once(app: Flask, *decisions: Callable[[], object]) -> list[str]:
    """Each decision in a thread and a transaction of its own; what came of each."""

    def run(decision: Callable[[], object]) -> str:
        with app.app_context():
            try:
                decision()
            except DeskError as error:
                return type(error).__name__
            return "done"

    with ThreadPoolExecutor(len(decisions)) as pool:
        return list(pool.map(run, decisions))


class TestApproving:
    def test_opens_the_account_and_queues_one_activation_letter(
        self, app: Flask, case: Case, run_jobs: RunJobs, outbox: Outbox
    ) -> None:
        with app.app_context():
            approve(case.request_id, digest=case.digest, note=NOTE, actor=actor_of(case.supervisor))
            dossier = fetch(Dossier, case.dossier_id)
            account = db.session.scalars(select(Account)).one()
            assert (dossier.status, account.dossier_id) == ("approved", dossier.id)
            assert account.subject == fetch(ApprovalRequest, case.request_id).snapshot["subject"]
            letters = select(func.count()).where(Letter.kind == "accounts/activation")
            assert db.session.scalar(letters) == 1
            email = dossier.email
        run_jobs()
        assert sum("dita@xignature.co.id" in str(message["from"]) for message in outbox.to(email)) == 1

    def test_writes_in_the_dossiers_language_and_leaves_the_person_alone(
        self, app: Flask, case: Case, database: Urls
    ) -> None:
        hold = "SELECT id FROM person FOR NO KEY UPDATE"
        with psycopg.connect(libpq(database.application)) as other, app.app_context():
            fetch(Dossier, case.dossier_id).locale = "id"
            db.session.commit()
            # Persons are locked before dossiers: whoever holds this one may be waiting for the dossier.
            other.execute(hold)
            db.session.execute(text("SET LOCAL lock_timeout = '2s'"))
            approve(case.request_id, digest=case.digest, note=NOTE, actor=actor_of(case.supervisor))
            account = db.session.scalars(select(Account)).one()
            assert (account.locale, account.person.locale) == ("id", "en")
            letters = select(Letter.locale).where(Letter.kind == "accounts/activation")
            assert db.session.scalars(letters).all() == ["id"]

    def test_the_snapshot_is_the_same_in_a_later_session(self, app: Flask, case: Case) -> None:
        with app.app_context():
            db.session.connection().exec_driver_sql("SET TIME ZONE 'Asia/Jakarta'")
            assert digest_of(snapshot_of(fetch(Dossier, case.dossier_id))).hex() == case.digest

    @pytest.mark.parametrize("digest", ["", "0" * 64, "é" * 64, "x", "\x00"])
    def test_a_forged_digest_decides_nothing(self, app: Flask, case: Case, digest: str) -> None:
        with app.app_context():
            with pytest.raises(EvidenceChanged):
                approve(case.request_id, digest=digest, note=NOTE, actor=actor_of(case.supervisor))
            assert fetch(ApprovalRequest, case.request_id).status == "pending"
            assert db.session.scalar(select(func.count()).select_from(Account)) == 0

    def test_needs_a_note(self, app: Flask, case: Case) -> None:
        actor = actor_of(case.supervisor)
        with app.app_context():
            for verb in (send_back, reject):
                with pytest.raises(InvalidInput):
                    verb(case.request_id, note=" \n ", actor=actor)
            with pytest.raises(InvalidInput):
                approve(case.request_id, digest=case.digest, note="", actor=actor)

    def test_needs_a_supervisor(self, app: Flask, case: Case, people: People) -> None:
        for member in (people.agent(), people.administrator(), people.auditor()):
            with app.app_context(), pytest.raises(NotPermitted):
                approve(case.request_id, digest=case.digest, note=NOTE, actor=actor_of(member))

    def test_not_when_it_has_expired_until_it_is_submitted_again(
        self, app: Flask, case: Case, people: People
    ) -> None:
        agent = people.agent()
        with app.app_context():
            with pytest.raises(Refused):
                submit_again(case.dossier_id, actor=actor_of(agent))
            fetch(ApprovalRequest, case.request_id).expires_at = now() - timedelta(seconds=1)
            db.session.commit()
            with pytest.raises(Refused):
                approve(case.request_id, digest=case.digest, note=NOTE, actor=actor_of(case.supervisor))
            again = submit_again(case.dossier_id, actor=actor_of(agent))
            assert fetch(ApprovalRequest, case.request_id).void_reason == "expired"
            approve(again.id, digest=again.digest.hex(), note=NOTE, actor=actor_of(case.supervisor))
            assert fetch(Dossier, case.dossier_id).status == "approved"


class TestFourEyes:
    @pytest.mark.parametrize("who", ["reviewer", "caller"])
    def test_a_maker_decides_nothing(self, app: Flask, case: Case, who: str) -> None:
        maker = actor_of(getattr(case, who))
        with app.app_context():
            for verb in (send_back, reject):
                with pytest.raises(MakerCannotApprove):
                    verb(case.request_id, note=NOTE, actor=maker)
            with pytest.raises(MakerCannotApprove):
                approve(case.request_id, digest=case.digest, note=NOTE, actor=maker)
            assert fetch(ApprovalRequest, case.request_id).status == "pending"

    def test_whoever_edited_is_a_maker_and_the_request_is_void(self, app: Flask, case: Case) -> None:
        editor = actor_of(case.supervisor)
        with app.app_context():
            edit_applicant(case.dossier_id, values={"company": "PT Lain"}, actor=editor)
            assert fetch(ApprovalRequest, case.request_id).status == "void"
            finish_review(case.dossier_id, call_confirmed=True, actor=actor_of(case.reviewer))
            request = pending_request(case.dossier_id)
            assert request is not None
            with pytest.raises(MakerCannotApprove):
                approve(request.id, digest=request.digest.hex(), note=NOTE, actor=editor)

    def test_the_database_refuses_a_maker_as_approver(self, case: Case, database: Urls) -> None:
        change = "UPDATE approval_request SET status = 'approved', decided_by_id = %s, decided_at = now() WHERE id = %s"
        with psycopg.connect(libpq(database.application), autocommit=True) as connection:
            for maker in (case.reviewer, case.caller):
                with pytest.raises(psycopg.errors.CheckViolation) as refusal:
                    connection.execute(change, (maker.id, case.request_id))
                assert "four_eyes" in str(refusal.value.diag.constraint_name)
            with pytest.raises(psycopg.errors.CheckViolation):
                connection.execute(change, (None, case.request_id))
            assert connection.execute(change, (case.supervisor.id, case.request_id)).rowcount == 1

    def test_the_database_refuses_an_approver_as_maker(self, app: Flask, case: Case, database: Urls) -> None:
        insert = "INSERT INTO dossier_maker (dossier_id, staff_id, part, created_at) VALUES (%s, %s, 'editor', now())"
        with app.app_context():
            approve(case.request_id, digest=case.digest, note=NOTE, actor=actor_of(case.supervisor))
        with psycopg.connect(libpq(database.application), autocommit=True) as connection:
            with pytest.raises(psycopg.errors.CheckViolation) as refusal:
                connection.execute(insert, (case.dossier_id, case.supervisor.id))
            assert refusal.value.diag.constraint_name == "four_eyes"
        with app.app_context(), pytest.raises(ApproverCannotMake):
            add_maker(case.dossier_id, actor=actor_of(case.supervisor), part="editor")

    @pytest.mark.parametrize(
        "statement",
        ["DELETE FROM dossier_maker", "UPDATE dossier_maker SET staff_id = 1", "TRUNCATE dossier_maker"],
    )
    def test_the_application_cannot_take_back_who_made_it(
        self, case: Case, database: Urls, statement: str
    ) -> None:
        with (
            psycopg.connect(libpq(database.application)) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(statement.encode())

    def test_that_the_reviewer_called_is_shown_to_the_approver(
        self, app: Flask, client: InspectingClient, people: People, sign_in: SignIn
    ) -> None:
        agent = people.agent()
        with app.app_context():
            request = submitted(caller=agent, reviewer=agent)
            assert request.snapshot["warnings"] == ["reviewer_called"]
            path = f"/desk/approvals/{request.id}"
        sign_in(client, "supervisor")
        assert "One person reviewed the documents and held the call." in client.page(path).text

    def test_that_the_data_were_edited_after_the_call_is_shown_to_the_approver(
        self, app: Flask, client: InspectingClient, case: Case, people: People, sign_in: SignIn
    ) -> None:
        agent = actor_of(people.agent())
        with app.app_context():
            assert "edited_after_call" not in fetch(ApprovalRequest, case.request_id).snapshot["warnings"]
            edit_applicant(case.dossier_id, values={"passport_number": "X7654321"}, actor=agent)
            finish_review(case.dossier_id, call_confirmed=True, actor=actor_of(case.reviewer))
            request = pending_request(case.dossier_id)
            assert request is not None and "edited_after_call" in request.snapshot["warnings"]
            path = f"/desk/approvals/{request.id}"
        sign_in(client, member=case.supervisor)
        assert "The applicant's data were edited after the call" in client.page(path).text


class TestOnceOnly:
    def test_of_two_approvals_at_once_one_wins(self, app: Flask, case: Case, people: People) -> None:
        other = people.supervisor()

        def by(member: StaffMember) -> Callable[[], object]:
            return lambda: approve(case.request_id, digest=case.digest, note=NOTE, actor=actor_of(member))

        assert sorted(decide_at_once(app, by(case.supervisor), by(other))) == ["AlreadyDecided", "done"]
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(Account)) == 1

    def test_of_approval_and_rejection_at_once_one_wins(self, app: Flask, case: Case, people: People) -> None:
        other = people.supervisor()
        answers = decide_at_once(
            app,
            lambda: approve(case.request_id, digest=case.digest, note=NOTE, actor=actor_of(case.supervisor)),
            lambda: reject(case.request_id, note=NOTE, actor=actor_of(other)),
        )
        assert sorted(answers) == ["AlreadyDecided", "done"]
        with app.app_context():
            status = fetch(Dossier, case.dossier_id).status
            accounts = db.session.scalar(select(func.count()).select_from(Account))
            assert (status, accounts) in (("approved", 1), ("rejected", 0))

    def test_of_approval_and_an_edit_at_once_one_wins(self, app: Flask, case: Case, people: People) -> None:
        agent = people.agent()
        answers = decide_at_once(
            app,
            lambda: approve(case.request_id, digest=case.digest, note=NOTE, actor=actor_of(case.supervisor)),
            lambda: edit_applicant(case.dossier_id, values={"company": "PT Lain"}, actor=actor_of(agent)),
        )
        assert answers.count("done") == 1
        with app.app_context():
            status = fetch(Dossier, case.dossier_id).status
            assert (status, answers[0]) in (("approved", "done"), ("reviewing", "AlreadyDecided"))

    def test_a_double_click_is_one_decision_and_a_clear_409(
        self, app: Flask, client: InspectingClient, case: Case, sign_in: SignIn
    ) -> None:
        sign_in(client, member=case.supervisor)
        form = client.page(case.path).form(case.path)
        first = client.send(form, case.path, decision="approve", note=NOTE)
        second = client.send(form, case.path, decision="approve", note=NOTE)
        assert (first.status_code, second.status_code) == (302, 409)
        assert "already been decided" in page_of(second).text
        with app.app_context():
            letters = select(func.count()).where(Letter.kind == "accounts/activation")
            assert db.session.scalar(letters) == 1


class TestEvidenceChanged:
    @pytest.mark.parametrize("change", ["document", "decision", "data"])
    def test_the_request_is_void(
        self, app: Flask, client: InspectingClient, case: Case, people: People, sign_in: SignIn, change: str
    ) -> None:
        sign_in(client, member=case.supervisor)
        form = client.page(case.path).form(case.path)
        agent = actor_of(people.agent())
        with app.app_context():
            dossier = fetch(Dossier, case.dossier_id)
            if change == "document":
                with_document(dossier, "other")
            elif change == "decision":
                undo_decision(dossier.documents[0].id, actor=agent)
            else:
                edit_applicant(dossier.id, values={"company": "PT Lain"}, actor=agent)
            assert fetch(ApprovalRequest, case.request_id).status == "void"
            assert fetch(Dossier, case.dossier_id).status == "reviewing"

        answer = client.send(form, case.path, decision="approve", note="My long note")

        assert answer.status_code == 409
        page = page_of(answer)
        assert "void" in page.text and "My long note" in page.text

    def test_behind_the_desk_s_back_too(
        self, app: Flask, client: InspectingClient, case: Case, database: Urls, sign_in: SignIn
    ) -> None:
        sign_in(client, member=case.supervisor)
        form = client.page(case.path).form(case.path)
        with psycopg.connect(libpq(database.application), autocommit=True) as connection:
            connection.execute("UPDATE dossier SET passport_number = 'X1'")
        answer = client.send(form, case.path, decision="approve", note="My long note")
        assert answer.status_code == 409
        page = page_of(answer)
        assert "Nothing was decided" in page.text and "The certificate's subject" in page.text
        assert page.form(case.path).fields["note"].strip() == "My long note"
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(Account)) == 0


class TestSendingBack:
    def test_keeps_the_confirmed_call(self, app: Flask, case: Case) -> None:
        with app.app_context():
            send_back(case.request_id, note="The letter is not signed.", actor=actor_of(case.supervisor))
            assert fetch(Dossier, case.dossier_id).status == "reviewing"
            call = confirmed_call(case.dossier_id)
            assert call is not None
            finish_review(case.dossier_id, call_confirmed=True, actor=actor_of(case.reviewer))
            request = pending_request(case.dossier_id)
            assert request is not None and request.snapshot["call"]["id"] == call.id
            approve(request.id, digest=request.digest.hex(), note=NOTE, actor=actor_of(case.supervisor))

    def test_may_want_another_call(
        self, app: Flask, client: InspectingClient, case: Case, sign_in: SignIn
    ) -> None:
        sign_in(client, member=case.supervisor)
        answer = client.submit(case.path, case.path, decision="send_back", note="Call again.", new_call="y")
        assert answer.status_code == 302
        with app.app_context():
            assert confirmed_call(case.dossier_id) is None
            assert db.session.scalars(select(Call.status)).all() == ["set_aside"]
            finish_review(case.dossier_id, call_confirmed=False, actor=actor_of(case.reviewer))
            assert fetch(Dossier, case.dossier_id).status == "awaiting_call"
        assert "Call again." in client.page(case.path).text

    def test_a_document_decided_after_the_call_is_pointed_out(self, app: Flask, case: Case) -> None:
        with app.app_context():
            document = drawn(with_document(fetch(Dossier, case.dossier_id), "passport"))
            accept_document(document.id, actor=actor_of(case.reviewer))
            finish_review(case.dossier_id, call_confirmed=True, actor=actor_of(case.reviewer))
            request = pending_request(case.dossier_id)
            assert request is not None and "decided_after_call" in request.snapshot["warnings"]


class TestScreens:
    def test_the_page_shows_exactly_what_is_decided_on(
        self, client: InspectingClient, case: Case, sign_in: SignIn
    ) -> None:
        sign_in(client, member=case.supervisor)
        page = client.page(case.path)
        for shown in (
            "C=XX,SN=ERIKSSON,GN=ANNA MARIA".replace(",", ", "),
            "PASXX-L898902C3",
            "Seen and heard well.",
            "Rina Reviewer",
            "Chandra Caller",
            "nothing changed",
            "Identity confirmed in the call",
        ):
            assert shown in page.text, shown
        assert page.form(case.path).fields["request_digest"] == case.digest

    def test_rejecting_tells_the_applicant_but_not_the_note(
        self, client: InspectingClient, case: Case, sign_in: SignIn, run_jobs: RunJobs, outbox: Outbox
    ) -> None:
        sign_in(client, member=case.supervisor)
        assert client.submit(case.path, case.path, decision="reject", note="Forged seal").status_code == 302
        run_jobs()
        last = outbox[-1].as_string()
        assert "Forged seal" not in last and "activ" not in last.lower()
        assert "Forged seal" in client.page("/desk/approvals/").text

    def test_a_missing_note_or_decision_is_a_400_that_keeps_the_rest(
        self, client: InspectingClient, case: Case, sign_in: SignIn
    ) -> None:
        sign_in(client, member=case.supervisor)
        answer = client.submit(case.path, case.path, decision="send_back", note=" ", new_call="y")
        assert answer.status_code == 400
        assert "Please write a note" in page_of(answer).text
        assert page_of(answer).form(case.path).fields["new_call"] == "y"
        answer = client.submit(case.path, case.path, decision="burn", note="Some words")
        assert answer.status_code == 400
        assert page_of(answer).form(case.path).fields["note"].strip() == "Some words"

    def test_a_maker_reads_why_not_and_gets_403(
        self, client: InspectingClient, case: Case, sign_in: SignIn
    ) -> None:
        sign_in(client, member=case.caller)
        page = client.page(case.path)
        assert "You cannot decide on this dossier: you held its call" in page.text
        assert not [form for form in page.forms if "request_digest" in form.names]
        token = page.forms[0].fields["csrf_token"]
        answer = client.post(
            case.path,
            data={"csrf_token": token, "decision": "approve", "note": NOTE, "request_digest": case.digest},
            headers={"Referer": f"http://localhost:8080{case.path}"},
        )
        assert answer.status_code == 403
        assert "another supervisor" in page_of(answer).text

    def test_an_agent_reads_the_page_and_cannot_decide(
        self, client: InspectingClient, case: Case, sign_in: SignIn
    ) -> None:
        sign_in(client, "agent")
        page = client.page(case.path)
        assert "Only supervisors decide." in page.text
        token = page.forms[0].fields["csrf_token"]
        answer = client.post(case.path, data={"csrf_token": token, "decision": "approve", "note": NOTE})
        assert answer.status_code == 403

    @pytest.mark.parametrize("role", ["administrator", "auditor"])
    def test_not_for_other_roles(
        self, client: InspectingClient, case: Case, sign_in: SignIn, role: str
    ) -> None:
        sign_in(client, role)
        assert client.get(case.path).status_code == 403
        assert client.get("/desk/approvals/").status_code == 403

    def test_a_forged_form_decides_nothing(
        self, app: Flask, client: InspectingClient, case: Case, sign_in: SignIn
    ) -> None:
        sign_in(client, member=case.supervisor)
        data = {"decision": "approve", "note": NOTE, "request_digest": case.digest}
        assert client.post(case.path, data=data).status_code == 400
        with app.app_context():
            assert fetch(ApprovalRequest, case.request_id).status == "pending"

    def test_what_does_not_exist_is_404(self, client: InspectingClient, case: Case, sign_in: SignIn) -> None:
        sign_in(client, member=case.supervisor)
        form = client.page(case.path).form(case.path)
        form.action = "/desk/approvals/424242"
        assert client.get(form.action).status_code == 404
        assert client.send(form, case.path, decision="approve", note=NOTE).status_code == 404
        for path in ("x", "-1", "9" * 19, "9" * 5000):
            assert client.get(f"/desk/approvals/{path}").status_code == 404
        assert client.get("/desk/approvals/?before=x").status_code == 400

    def test_the_list_says_who_submitted_and_why_not(
        self, client: InspectingClient, case: Case, sign_in: SignIn
    ) -> None:
        sign_in(client, member=case.supervisor)
        text = client.page("/desk/approvals/").text
        assert "Chandra Caller" in text and "can decide" in text
        other = client.application.test_client()
        sign_in(other, member=case.reviewer)
        assert "you reviewed its documents" in other.page("/desk/approvals/").text

    def test_an_expired_request_is_submitted_again_on_the_page(
        self, app: Flask, client: InspectingClient, case: Case, sign_in: SignIn
    ) -> None:
        with app.app_context():
            fetch(ApprovalRequest, case.request_id).expires_at = now() - timedelta(seconds=1)
            db.session.commit()
        sign_in(client, "agent")
        answer = client.submit(case.path, f"{case.path}/submit-again")
        assert answer.status_code == 302 and answer.location != case.path
        assert client.submit(case.path, "/language", language="en").status_code == 302
        assert "void" in client.page(case.path).text.lower()

    def test_a_decided_one_shows_its_decision(
        self, app: Flask, client: InspectingClient, people: People, sign_in: SignIn
    ) -> None:
        agent, supervisor = people.agent(), people.supervisor("Sri")
        with app.app_context():
            request = approved(by=supervisor, caller=agent, reviewer=agent)
            path = f"/desk/approvals/{request.id}"
        sign_in(client, "agent")
        text = client.page(path).text
        assert "Approved" in text and "Sri" in text and NOTE in text
