"""Calls: booking, cancelling, recording; by verb and by screen."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.audit.models import TrailDetail, TrailEntry
from app.calls.book import DoubleBooking, book_call
from app.calls.cancel import cancel_call
from app.calls.models import Call
from app.calls.record import record_outcome
from app.dossiers.edit import edit_applicant
from app.dossiers.makers import makers_of
from app.dossiers.models import Dossier
from app.dossiers.review import ask_again
from app.kernel.clock import now
from app.kernel.database import db, fetch
from app.kernel.errors import DeskError, InvalidInput, NotPermitted, Refused, Stale
from app.kernel.office import calendar
from tests.factories.calls import ALL_YES, JOIN_URL, booked, confirmed, recorded
from tests.factories.dossiers import awaiting_call, new_dossier
from tests.factories.staff import actor_of
from tests.fixtures.desk import RunJobs
from tests.fixtures.mail import Outbox
from tests.fixtures.pages import InspectingClient, page_of
from tests.fixtures.people import People, SignIn

JAKARTA = ZoneInfo("Asia/Jakarta")
# The rules of an iCalendar line, read without the library that writes them.
FOLD = re.compile(r"\r?\n[ \t]")


def calendar_of(message: EmailMessage) -> dict[str, str]:
    """The entry of the enclosed calendar: names without parameters, values as they stand; METHOD beside them."""
    part = next(part for part in message.walk() if part.get_content_type() == "text/calendar")
    text = FOLD.sub("", part.get_payload(decode=True).decode())
    assert text.startswith("BEGIN:VCALENDAR\r\n") and text.endswith("END:VCALENDAR\r\n")
    outside, _, inside = text.partition("BEGIN:VEVENT\r\n")
    entry = inside.partition("BEGIN:VALARM")[0].partition("END:VEVENT")[0]
    lines = [*outside.splitlines(), *entry.splitlines()]
    pairs = [re.split(r'(?:;(?:[A-Z-]+=(?:"[^"]*"|[^;:"]*)))*:', line, maxsplit=1) for line in lines]
    found = dict(pairs)
    assert part.get_param("method") == found["METHOD"]
    return found


def in_jakarta(at: datetime) -> tuple[str, str]:
    """Date and time as they are typed."""
    local = at.astimezone(JAKARTA)
    return local.strftime("%Y-%m-%d"), local.strftime("%H:%M")


class TestBooking:
    def test_both_sides_get_an_invitation(
        self, app: Flask, people: People, run_jobs: RunJobs, outbox: Outbox
    ) -> None:
        caller, reviewer = people.agent("Sari"), people.agent("Budi")
        starts_at = (now() + timedelta(days=1)).replace(microsecond=0)
        with app.app_context():
            call = booked(caller, reviewer=reviewer, starts_at=starts_at)
            dossier = fetch(Dossier, call.dossier_id)
            assert dossier.status == "call_booked"
            email, uid = dossier.email, call.calendar_uid
        run_jobs()

        [invitation] = [message for message in outbox.to(email) if "video call" in message["subject"].lower()]
        entry = calendar_of(invitation)
        assert entry["METHOD"] == "REQUEST"
        assert entry["UID"] == uid
        assert entry["SEQUENCE"] == "0"
        assert entry["DTSTART"] == starts_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        assert entry["ATTENDEE"] == f"mailto:{email}"
        assert JOIN_URL in invitation.get_body(("plain",)).get_content()
        assert starts_at.astimezone(JAKARTA).strftime("%H:%M (Asia/Jakarta)") in invitation["subject"]
        assert len(outbox.to(caller.email)) == 1

    @pytest.mark.parametrize("days", [-1, 61])
    def test_not_in_the_past_and_not_beyond_the_horizon(self, app: Flask, people: People, days: int) -> None:
        agent = people.agent()
        with app.app_context(), pytest.raises(InvalidInput):
            booked(agent, reviewer=agent, starts_at=now() + timedelta(days=days))

    @pytest.mark.parametrize(
        "link",
        [
            "",
            "meet.example/x",
            "http://meet.example/x",
            "javascript:alert(1)",
            "https://",
            "https://[",
            "https://a b",
        ],
    )
    def test_a_join_link_is_a_full_https_address(self, app: Flask, people: People, link: str) -> None:
        agent = people.agent()
        with app.app_context():
            dossier = awaiting_call(actor_of(agent))
            with pytest.raises(InvalidInput):
                book_call(
                    dossier.id,
                    staff_id=agent.id,
                    starts_at=now() + timedelta(days=1),
                    minutes=30,
                    join_url=link,
                    actor=actor_of(agent),
                )

    def test_a_person_has_one_call_at_a_time_to_the_second(self, app: Flask, people: People) -> None:
        caller, reviewer = people.agent(), people.agent()
        at = now() + timedelta(days=1)
        with app.app_context():
            booked(caller, reviewer=reviewer, starts_at=at, minutes=30)
            with pytest.raises(DoubleBooking):
                booked(caller, reviewer=reviewer, starts_at=at + timedelta(minutes=29), minutes=30)
            booked(caller, reviewer=reviewer, starts_at=at + timedelta(minutes=30), minutes=30)
            booked(reviewer, reviewer=caller, starts_at=at, minutes=30)

    def test_a_dossier_has_one_call(self, app: Flask, people: People) -> None:
        agent, other = people.agent(), people.agent()
        with app.app_context():
            call = booked(agent, reviewer=agent)
            with pytest.raises(Refused, match="Refused") as refusal:
                book_call(
                    call.dossier_id,
                    staff_id=other.id,
                    starts_at=now() + timedelta(days=2),
                    minutes=30,
                    join_url=JOIN_URL,
                    actor=actor_of(agent),
                )
            assert "already" in str(refusal.value.message)

    def test_not_before_the_review_is_finished(self, app: Flask, people: People) -> None:
        agent = people.agent()
        with app.app_context():
            dossier = new_dossier()
            with pytest.raises(Refused):
                book_call(
                    dossier.id,
                    staff_id=agent.id,
                    starts_at=now() + timedelta(days=1),
                    minutes=30,
                    join_url=JOIN_URL,
                    actor=actor_of(agent),
                )

    def test_only_with_somebody_who_holds_calls(self, app: Flask, people: People) -> None:
        agent, auditor = people.agent(), people.auditor()
        with app.app_context():
            with pytest.raises(InvalidInput):
                booked(auditor, reviewer=agent)
            dossier = awaiting_call(actor_of(agent))
            with pytest.raises(NotPermitted):
                book_call(
                    dossier.id,
                    staff_id=agent.id,
                    starts_at=now() + timedelta(days=1),
                    minutes=30,
                    join_url=JOIN_URL,
                    actor=actor_of(auditor),
                )

    def test_ten_at_once_for_one_slot_are_one_booking(self, app: Flask, people: People) -> None:
        caller, reviewer = people.agent(), people.agent()
        at = now() + timedelta(days=1)
        with app.app_context():
            dossiers = [awaiting_call(actor_of(reviewer)).id for _ in range(10)]

        def book(number: int) -> str:
            with app.app_context():
                try:
                    # All overlap, none is the same: only the database sees them as one slot.
                    book_call(
                        dossiers[number],
                        staff_id=caller.id,
                        starts_at=at + timedelta(minutes=number),
                        minutes=30,
                        join_url=JOIN_URL,
                        actor=actor_of(reviewer),
                    )
                except DoubleBooking:
                    return "refused"
                return "booked"

        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(book, range(10)))

        assert sorted(answers) == ["booked", *["refused"] * 9]
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(Call)) == 1
            waiting = select(func.count()).select_from(Dossier).where(Dossier.status == "awaiting_call")
            assert db.session.scalar(waiting) == 9

    def test_that_the_reviewer_calls_is_written_down(self, app: Flask, people: People) -> None:
        agent = people.agent()
        with app.app_context():
            booked(agent, reviewer=agent)
            detail = db.session.scalar(
                select(TrailDetail.content).join(TrailEntry).where(TrailEntry.verb == "call.book")
            )
            assert detail is not None and detail["is_reviewer"] is True


class TestCancelling:
    def test_takes_the_call_out_of_both_calendars(
        self, app: Flask, people: People, run_jobs: RunJobs, outbox: Outbox
    ) -> None:
        caller, reviewer = people.agent(), people.agent()
        with app.app_context():
            call = booked(caller, reviewer=reviewer)
            email, uid, dossier_id = fetch(Dossier, call.dossier_id).email, call.calendar_uid, call.dossier_id
            cancel_call(call.id, reason="Sari is ill.", actor=actor_of(reviewer))
            assert fetch(Dossier, dossier_id).status == "awaiting_call"
        run_jobs()

        for address in (email, caller.email):
            invitation, cancellation = outbox.to(address)[-2:]
            before, after = calendar_of(invitation), calendar_of(cancellation)
            assert after["METHOD"] == "CANCEL"
            assert after["STATUS"] == "CANCELLED"
            assert before["UID"] == after["UID"] == uid
            assert int(after["SEQUENCE"]) == int(before["SEQUENCE"]) + 1
            assert "Sari is ill" not in cancellation.as_string()

    def test_needs_a_reason_and_happens_once(self, app: Flask, people: People) -> None:
        agent = people.agent()
        with app.app_context():
            call = booked(agent, reviewer=agent)
            with pytest.raises(InvalidInput):
                cancel_call(call.id, reason="  ", actor=actor_of(agent))
            cancel_call(call.id, reason="Ill", actor=actor_of(agent))
            with pytest.raises(Stale):
                cancel_call(call.id, reason="Ill", actor=actor_of(agent))

    def test_the_slot_is_free_again(self, app: Flask, people: People) -> None:
        agent = people.agent()
        at = now() + timedelta(days=1)
        with app.app_context():
            call = booked(agent, reviewer=agent, starts_at=at)
            cancel_call(call.id, reason="Ill", actor=actor_of(agent))
            booked(agent, reviewer=agent, starts_at=at)

    def test_asking_again_cancels_the_call(
        self, app: Flask, people: People, run_jobs: RunJobs, outbox: Outbox
    ) -> None:
        agent = people.agent()
        with app.app_context():
            call = booked(agent, reviewer=agent)
            dossier = fetch(Dossier, call.dossier_id)
            passport = next(document for document in dossier.documents if document.kind == "passport")
            ask_again(dossier.id, requests=[(passport.id, ["bad_quality"])], text="", actor=actor_of(agent))
            assert fetch(Call, call.id).status == "cancelled"
            assert fetch(Dossier, dossier.id).status == "collecting"
            email = dossier.email
        run_jobs()
        assert any(
            "text/calendar" in message.as_string() and calendar_of(message)["METHOD"] == "CANCEL"
            for message in outbox.to(email)
        )


class TestRecording:
    @pytest.mark.parametrize(
        ("outcome", "status"),
        [
            ("confirmed", "awaiting_approval"),
            ("failed", "awaiting_call"),
            ("aborted", "awaiting_call"),
            ("no_show", "awaiting_call"),
            ("suspected_fraud", "held"),
        ],
    )
    def test_each_outcome_has_its_next_step(
        self, app: Flask, people: People, outcome: str, status: str
    ) -> None:
        caller, reviewer = people.agent(), people.agent()
        with app.app_context():
            call = recorded(caller, reviewer=reviewer, outcome=outcome)
            assert (call.status, fetch(Dossier, call.dossier_id).status) == (outcome, status)
            assert call.recorded_by_id == caller.id
            assert (caller.id, "caller") in [(m.staff_id, m.part) for m in makers_of(call.dossier_id)]

    def test_identity_is_not_confirmed_while_an_item_is_open(self, app: Flask, people: People) -> None:
        caller, reviewer = people.agent(), people.agent()
        with app.app_context():
            call = booked(caller, reviewer=reviewer)
            for answers in ({}, {**ALL_YES, "face": "no"}, {**ALL_YES, "face": "perhaps"}):
                with pytest.raises(InvalidInput) as refusal:
                    record_outcome(
                        call.id, answers=answers, outcome="confirmed", note="Fine", actor=actor_of(caller)
                    )
                assert "Face" in str(refusal.value.message)
            assert fetch(Call, call.id).status == "booked"

    def test_only_by_whom_the_call_is_booked_with(self, app: Flask, people: People) -> None:
        caller, reviewer = people.agent(), people.supervisor()
        with app.app_context():
            call = booked(caller, reviewer=reviewer)
            with pytest.raises(Refused):
                record_outcome(
                    call.id, answers=ALL_YES, outcome="confirmed", note="Fine", actor=actor_of(reviewer)
                )

    def test_not_before_its_time_not_without_a_note_not_twice(self, app: Flask, people: People) -> None:
        agent = people.agent()
        with app.app_context():
            far = booked(agent, reviewer=agent, starts_at=now() + timedelta(minutes=16))
            near = booked(agent, reviewer=agent, starts_at=now() + timedelta(minutes=60))
            near.starts_at, near.ends_at = now() - timedelta(minutes=40), now() - timedelta(minutes=10)
            db.session.commit()

            def record(call: Call, note: str) -> Call:
                return record_outcome(
                    call.id, answers=ALL_YES, outcome="confirmed", note=note, actor=actor_of(agent)
                )

            with pytest.raises(Refused):
                record(far, "Fine")
            with pytest.raises(InvalidInput):
                record(near, " \n")
            record(near, "Fine")
            with pytest.raises(Stale):
                record(near, "Fine")

    def test_two_outcomes_at_once_are_one(self, app: Flask, people: People) -> None:
        caller, reviewer = people.agent(), people.agent()
        with app.app_context():
            call_id = booked(caller, reviewer=reviewer).id

        def record(outcome: str) -> str:
            with app.app_context():
                try:
                    record_outcome(
                        call_id, answers=ALL_YES, outcome=outcome, note="Fine", actor=actor_of(caller)
                    )
                except DeskError as error:
                    return type(error).__name__
                return outcome

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(record, ["confirmed", "no_show"]))
        assert answers.count("Stale") == 1
        with app.app_context():
            assert fetch(Call, call_id).status in answers


@pytest.fixture
def call_page(app: Flask, client: InspectingClient, people: People, sign_in: SignIn) -> Callable[[], str]:
    """Signs in the caller of a call that can be recorded; the address of its page."""

    def make() -> str:
        caller = sign_in(client, "agent", name="Sari")
        with app.app_context():
            return f"/desk/calls/{booked(caller, reviewer=people.agent('Budi')).id}"

    return make


class TestScreens:
    def test_booking(self, app: Flask, client: InspectingClient, people: People, sign_in: SignIn) -> None:
        agent = sign_in(client, "agent", name="Sari")
        with app.app_context():
            dossier = awaiting_call(actor_of(agent))
            path = f"/desk/calls/schedule/{dossier.reference}"
        date, time = in_jakarta(now() + timedelta(days=1))

        answer = client.submit(
            path, date=date, time=time, minutes="30", staff=str(agent.id), join_url=JOIN_URL
        )

        assert answer.status_code == 302, answer.get_data(as_text=True)
        page = client.page(answer.location)
        assert "L898902C3" in page.text and "reviewed this dossier too" in page.text
        with app.app_context():
            call = db.session.scalar(select(Call))
            assert call is not None and in_jakarta(call.starts_at) == (date, time)
        assert "ANNA MARIA ERIKSSON" in client.page("/desk/calls/").text

    def test_the_form_proposes_working_time_and_warns_of_other_times(
        self, app: Flask, client: InspectingClient, sign_in: SignIn
    ) -> None:
        agent = sign_in(client, "agent")
        with app.app_context():
            path = f"/desk/calls/schedule/{awaiting_call(actor_of(agent)).reference}"
            hours = calendar()
            closed = hours.next_closing(now() + timedelta(days=1))
        fields = client.page(path).form(path).fields
        typed = f"{fields['date']} {fields['time']}"
        assert hours.is_open(datetime.strptime(typed, "%Y-%m-%d %H:%M").replace(tzinfo=JAKARTA))
        date, time = in_jakarta(closed - timedelta(minutes=10))
        answer = client.submit(
            path, date=date, time=time, minutes="30", staff=str(agent.id), join_url=JOIN_URL
        )
        assert answer.status_code == 302
        assert "lies outside working hours" in client.page(answer.location).text

    def test_a_refused_booking_keeps_what_was_typed(
        self, app: Flask, client: InspectingClient, sign_in: SignIn
    ) -> None:
        agent = sign_in(client, "agent")
        with app.app_context():
            path = f"/desk/calls/schedule/{awaiting_call(actor_of(agent)).reference}"
        for link, hour, status in (
            ("https://meet.example/a", "2020-01-01", 400),
            ("ftp://meet.example/a", "2020-01-01", 400),
        ):
            answer = client.submit(
                path, date=hour, time="10:00", minutes="45", staff=str(agent.id), join_url=link
            )
            assert answer.status_code == status
            fields = page_of(answer).form(path).fields
            assert (fields["join_url"], fields["minutes"], fields["date"]) == (link, "45", hour)

    def test_a_double_booking_is_a_409(
        self, app: Flask, client: InspectingClient, people: People, sign_in: SignIn
    ) -> None:
        agent = sign_in(client, "agent")
        at = now() + timedelta(days=1)
        with app.app_context():
            booked(agent, reviewer=people.agent(), starts_at=at)
            path = f"/desk/calls/schedule/{awaiting_call(actor_of(agent)).reference}"
        date, time = in_jakarta(at)
        answer = client.submit(
            path, date=date, time=time, minutes="30", staff=str(agent.id), join_url=JOIN_URL
        )
        assert answer.status_code == 409
        assert "already a call at that time" in page_of(answer).text
        assert page_of(answer).form(path).fields["join_url"] == JOIN_URL

    def test_a_refused_outcome_keeps_what_was_ticked_and_typed(
        self, client: InspectingClient, call_page: Callable[[], str]
    ) -> None:
        path = call_page()
        ticked = {"item-consent": "yes", "item-face": "no"}
        answer = client.submit(path, path, outcome="confirmed", note="The light was poor.", **ticked)
        assert answer.status_code == 400
        page = page_of(answer)
        assert "Identity cannot be confirmed while these are open" in page.text
        fields = page.form(path).fields
        assert {**ticked, "outcome": "confirmed"}.items() <= fields.items()
        assert fields["note"].strip() == "The light was poor."

    def test_identity_is_not_confirmed_on_data_that_were_edited_meanwhile(
        self, app: Flask, client: InspectingClient, people: People, call_page: Callable[[], str]
    ) -> None:
        path = call_page()
        form = client.page(path).form(path)
        ticks = {f"item-{key}": "yes" for key in ALL_YES}
        with app.app_context():
            call = fetch(Call, int(path.rpartition("/")[2]))
            values = {"passport_number": "X7654321"}
            edit_applicant(call.dossier_id, values=values, actor=actor_of(people.agent()))

        answer = client.send(form, path, outcome="confirmed", note="All fits.", **ticks)

        assert answer.status_code == 409
        page = page_of(answer)
        assert "The applicant's data were edited while the call was held" in page.text
        assert "X7654321" in page.text
        again = page.form(path)
        assert {**ticks, "outcome": "confirmed"}.items() <= again.fields.items()
        assert again.fields["note"].strip() == "All fits."
        assert client.send(again, path).status_code == 302

    def test_that_nobody_came_is_recorded_whatever_was_edited(
        self, client: InspectingClient, call_page: Callable[[], str]
    ) -> None:
        path = call_page()
        form = client.page(path).form(path)
        assert client.send(form, path, outcome="confirmed", note="x", seen="other").status_code == 400
        assert client.send(form, path, outcome="no_show", note="Nobody.", seen="other").status_code == 302

    def test_an_outcome_without_a_note_keeps_the_ticks(
        self, client: InspectingClient, call_page: Callable[[], str]
    ) -> None:
        path = call_page()
        answer = client.submit(path, path, outcome="failed", note=" ", **{"item-face": "no"})
        assert answer.status_code == 400
        assert "Please write a note" in page_of(answer).text
        fields = page_of(answer).form(path).fields
        assert (fields["outcome"], fields["item-face"]) == ("failed", "no")

    def test_a_recorded_call_is_shown_read_only(
        self, client: InspectingClient, call_page: Callable[[], str]
    ) -> None:
        path = call_page()
        ticks = {f"item-{key}": "yes" for key in ALL_YES}
        answer = client.submit(path, path, outcome="confirmed", note="All fits.", **ticks)
        assert answer.status_code == 302
        page = client.page(path)
        assert "Recorded by Sari" in page.text and "All fits." in page.text
        assert not [form for form in page.forms if (form.action or "") == path and "note" in form.names]

    def test_recording_what_was_cancelled_meanwhile_says_so_and_keeps_the_note(
        self, app: Flask, client: InspectingClient, people: People, call_page: Callable[[], str]
    ) -> None:
        path = call_page()
        form = client.page(path).form(path)
        with app.app_context():
            cancel_call(int(path.rpartition("/")[2]), reason="Ill", actor=actor_of(people.agent()))
        answer = client.send(form, path, outcome="no_show", note="Nobody came.")
        assert answer.status_code == 409
        assert "Nobody came." in page_of(answer).text and "Cancelled" in page_of(answer).text

    def test_cancelling_needs_a_reason(self, client: InspectingClient, call_page: Callable[[], str]) -> None:
        path = call_page()
        assert client.submit(path, f"{path}/cancel", reason="").status_code == 400
        assert client.submit(path, f"{path}/cancel", reason="Ill").status_code == 302
        assert "Cancelled" in client.page(path).text
        assert client.post(f"{path}/cancel", data={"reason": "x"}).status_code == 400  # no CSRF token

    def test_somebody_else_reads_and_cannot_record(
        self, app: Flask, client: InspectingClient, people: People, sign_in: SignIn
    ) -> None:
        sign_in(client, "agent")
        with app.app_context():
            path = f"/desk/calls/{booked(people.agent(), reviewer=people.agent()).id}"
        page = client.page(path)
        assert "Only the person who held the call records it" in page.text
        form = page.form(path)
        assert client.send(form, path, outcome="no_show", note="x").status_code == 409

    def test_one_s_own_come_first_and_the_ended_are_listed(
        self, app: Flask, client: InspectingClient, people: People, sign_in: SignIn
    ) -> None:
        caller, other = sign_in(client, "agent", name="Sari"), people.agent("Budi")
        at = now() + timedelta(days=2)
        with app.app_context():
            booked(other, reviewer=caller, starts_at=at, name="Erin Early")
            booked(caller, reviewer=other, starts_at=at + timedelta(hours=3), name="Liam Late")
            confirmed(other, reviewer=caller, name="Cleo")
        html = client.get("/desk/calls/").get_data(as_text=True)
        assert html.index("Sari</b>") < html.index("Budi</td>")
        assert "Identity confirmed" in html

    @pytest.mark.parametrize("role", ["auditor", "administrator"])
    def test_not_for_those_who_hold_no_calls(
        self, client: InspectingClient, sign_in: SignIn, role: str
    ) -> None:
        sign_in(client, role)
        for path in ("/desk/calls/", "/desk/calls/1", "/desk/calls/schedule/D-AAAAA"):
            assert client.get(path).status_code == 403

    def test_what_does_not_exist_is_404(self, client: InspectingClient, sign_in: SignIn) -> None:
        sign_in(client, "agent")
        for path in ("1", "999999999999999999999", "x", "schedule/D-NONE9", "-1"):
            assert client.get(f"/desk/calls/{path}").status_code == 404
