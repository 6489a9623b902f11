"""When answers are due: set, kept, ended, brought back; listed by it; counted; computed anew for other hours."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import insert, select

from app.conversations import lifecycle
from app.conversations.models import Conversation, Message
from app.conversations.receive import add_message
from app.conversations.reply import reply
from app.conversations.service_level import apply_calendar, due_first, late_now, recompute
from app.desk.figures import first_answers
from app.dossiers.models import Dossier
from app.dossiers.saved_views import LATE_AFTER, VIEWS
from app.gateways.embedded_postgres import Urls
from app.kernel.clock import JAKARTA, now
from app.kernel.database import db, use_case
from app.kernel.due import due_words, near, next_holiday, office_words, span, todays_hours
from app.kernel.office import make_calendar
from app.letters.models import Letter
from app.vault.keep import keep
from config import MailServer, Settings
from tests.factories.conversations import read_message, talking, wrote
from tests.factories.dossiers import new_dossier
from tests.factories.mails import PAPERS, mail, take_in
from tests.factories.staff import actor_of
from tests.fixtures.database import libpq, migrate
from tests.fixtures.desk import RunJobs
from tests.fixtures.mail import Outbox
from tests.fixtures.pages import InspectingClient
from tests.fixtures.people import People, SignIn
from tests.fixtures.values import make_settings

INBOX = "/desk/conversations/"
HOUR = timedelta(hours=1)


@pytest.fixture
def settings(tmp_path: Path, database: Urls, outbox: Outbox, imap: MailServer) -> Settings:
    """A desk that never closes, so that the tests do not depend on the hour at which they run."""
    today = now().date()
    always = frozenset(today + timedelta(days=days) for days in range(-40, 40))
    return make_settings(
        tmp_path / "data",
        database,
        smtp=outbox.server,
        imap=imap,
        working_hours="Mon-Sun 00:00-24:00",
        extra_working_days=always,
    )


def only() -> Conversation:
    """The one conversation there is, as it is stored."""
    db.session.expire_all()
    return db.session.scalars(select(Conversation)).one()


@use_case
def put_back(conversation_id: int, **hours: float) -> None:
    """Let everything in a conversation have happened so many hours earlier."""
    for message in db.session.scalars(select(Message).where(Message.conversation_id == conversation_id)):
        message.created_at -= timedelta(**hours)
    recompute(conversation_id)


@use_case
def take_back(message: Message) -> None:
    """An answer withdrawn before it left, as taking it back does it."""
    # Only the state counts here; the way to it belongs to those who take letters back.
    db.session.get_one(Letter, message.letter_id).status = "withdrawn"
    lifecycle.reopen(message.conversation_id)


def test_the_oldest_question_counts_until_it_is_answered(app: Flask, people: People) -> None:
    agent = actor_of(people.agent())
    with app.app_context():
        first = wrote(talking(new_dossier()), "Hello?").conversation.messages[0]
        asked = first.created_at
        found = only()
        assert (found.answer_awaited_since, found.answer_due_at) == (asked, asked + 4 * HOUR)
        wrote(found, "Is anybody there?")
        assert only().answer_due_at == asked + 4 * HOUR, "Another mail does not postpone it."
        answer = reply(found.id, text="Yes!", actor=agent)
        found = only()
        assert (found.answer_awaited_since, found.answer_due_at) == (None, None)
        assert found.first_answered_at == answer.created_at
        again = wrote(found, "Thank you. And what now?")
        assert only().answer_due_at == again.created_at + 8 * HOUR, "Later answers have the other target."
        recompute(found.id)
        assert only().answer_due_at == again.created_at + 8 * HOUR


def test_taking_an_answer_back_brings_the_wait_back(app: Flask, people: People) -> None:
    agent = actor_of(people.agent())
    with app.app_context():
        asked = talking(new_dossier()).messages[0].created_at
        answer = reply(only().id, text="Yes!", actor=agent)
        take_back(answer)
        found = only()
        assert (found.status, found.answer_due_at) == ("open", asked + 4 * HOUR)
        assert (found.first_answered_at, found.first_answer_seconds) == (None, None)
        wrote(found, "Hello?")
        assert only().answer_due_at == asked + 4 * HOUR


def test_closing_ends_the_wait_and_opening_again_begins_one(app: Flask, people: People) -> None:
    agent = actor_of(people.agent())
    with app.app_context():
        talking(new_dossier())
        lifecycle.close(only(), actor=agent)
        assert only().answer_due_at is None
        lifecycle.open_again(only(), actor=agent)
        found = only()
        assert (
            found.answer_awaited_since == found.reopened_at
            and found.answer_due_at == found.reopened_at + 8 * HOUR
        )
        lifecycle.close(found, actor=agent)
        message = wrote(only(), "One more thing")
        found = only()
        assert (found.status, found.answer_due_at) == ("open", message.created_at + 8 * HOUR)
        assert found.first_answered_at is None


def test_what_sleeps_goes_on_waiting(app: Flask) -> None:
    with app.app_context():
        due = talking(new_dossier()).answer_due_at
        found = only()
        found.status, found.snoozed_until, found.last_message_at = "snoozed", now() + HOUR, now()
        db.session.commit()
        recompute(found.id)
        assert only().answer_due_at == due is not None


@pytest.mark.parametrize(
    ("headers", "waits"),
    [
        ({}, True),
        ({"Auto-Submitted": "auto-replied"}, False),
        ({"List-Id": "<news.utopia.example>", "Precedence": "list"}, False),
    ],
)
def test_machines_wait_for_nothing(
    app: Flask, run_jobs: RunJobs, headers: dict[str, str], waits: bool
) -> None:
    with app.app_context():
        take_in(
            mail(text="Good morning", **{name.replace("-", "_"): value for name, value in headers.items()})
        )
    run_jobs()
    with app.app_context():
        assert (only().answer_due_at is not None) is waits


@use_case
def came(kind: str) -> Message:
    """A machine's mail in the one conversation there is."""
    conversation = only()
    plain = read_message(name="", address="mailer@utopia.example", text="Not here", subject="Undeliverable")
    raw = keep(conversation.person.key_owner, kind.encode())
    read = replace(plain, automatic=kind)
    return add_message(conversation, read, sender_verified=False, known_party=False, raw_file=raw)


def test_a_bounce_is_something_to_look_at_and_an_absence_is_not(app: Flask, people: People) -> None:
    agent = actor_of(people.agent())
    with app.app_context():
        talking(new_dossier())
        reply(only().id, text="Yes!", actor=agent)
        came("auto-reply")
        assert (only().status, only().answer_due_at) == ("answered", None)
        bounced = came("bounce").created_at
        assert (only().status, only().answer_due_at) == ("open", bounced + 8 * HOUR)


def test_a_receipt_is_no_answer_but_settles_papers(app: Flask, run_jobs: RunJobs, outbox: Outbox) -> None:
    with app.app_context():
        take_in(mail(files=PAPERS))
    run_jobs()
    with app.app_context():
        found = only()
        assert (found.status, found.answer_due_at, found.first_answered_at) == ("answered", None, None)
    with app.app_context():
        take_in(mail(text="How long will it take?", In_Reply_To=outbox[-1]["Message-ID"]))
    run_jobs()
    with app.app_context():
        found = only()
        asked = found.messages[-1].created_at
        assert found.answer_due_at == asked + 4 * HOUR, "Nobody of ours has written yet."


def test_the_inbox_shows_what_is_due_first(app: Flask, client: InspectingClient, sign_in: SignIn) -> None:
    sign_in(client, "supervisor")
    with app.app_context():
        names = []
        for hours in (0.5, 4.5, 3.5, 30):
            names.append(talking(new_dossier()).reference)
            put_back(
                db.session.scalars(select(Conversation.id).where(Conversation.reference == names[-1])).one(),
                hours=hours,
            )
    page = client.get(INBOX).text
    listed = re.findall(r'data-row-link href="/desk/conversations/([^"]+)"', page)
    assert listed == [names[3], names[1], names[2], names[0]]
    assert 'class="pill bad">late by 26 h' in page and 'class="pill bad">late by 30 min' in page
    assert re.search(r'class="pill warn">(29 min left|30 min left|due tomorrow)', page)
    late = client.get(f"{INBOX}?view=late").text
    assert re.findall(r'data-row-link href="/desk/conversations/([^"]+)"', late) == [names[3], names[1]]
    assert "late by 26 h" in client.get(f"{INBOX}{names[3]}").text
    home = client.get("/desk/").text
    assert "Answers that are late" in home and "2 late" in home and f'href="{INBOX}?view=late"' in home


def test_pages_of_the_inbox_follow_each_other(app: Flask, client: InspectingClient, sign_in: SignIn) -> None:
    sign_in(client, "agent")
    with app.app_context():
        first = talking(new_dossier())
        rows = [
            Conversation(
                reference=f"C-{number:06}", person_id=first.person_id, address="a@b.example", subject=""
            )
            for number in range(119)
        ]
        for number, row in enumerate(rows):
            # Three a moment, and some that wait for nothing.
            row.answer_due_at = now() + timedelta(hours=number // 3) if number < 90 else None
        db.session.add_all(rows)
        db.session.commit()
        expected = db.session.scalars(
            select(Conversation.reference).order_by(due_first, Conversation.id)
        ).all()
    path, found, sizes = INBOX, [], []
    while path:
        page = client.get(path).text
        listed = re.findall(r'data-row-link href="/desk/conversations/([^"]+)"', page)
        sizes.append(len(listed))
        found += listed
        following = re.search(r'href="([^"]*after=[^"]*)"', page)
        path = following[1].replace("&amp;", "&") if following else ""
    assert (sizes, found) == ([50, 50, 20], list(expected))


def test_both_lists_are_read_from_an_index(app: Flask, database: Urls) -> None:
    with app.app_context():
        person_id = new_dossier().person_id
        db.session.execute(
            db.text(
                "INSERT INTO conversation (reference, person_id, address, subject, status, last_message_at, created_at,"
                " answer_due_at, id) SELECT 'C-' || n, :person, 'a@b.example', '', CASE WHEN n % 20 = 0 THEN 'open' ELSE"
                " 'closed' END, now(), now(), now() + n * interval '1 minute', 1000 + n FROM generate_series(1, 20000) n"
            ),
            {"person": person_id},
        )
        db.session.commit()
        with psycopg.connect(libpq(database.owner), autocommit=True) as owner:
            owner.execute("ANALYZE conversation")
        waiting = (
            select(Conversation.id).where(Conversation.status == "open").order_by(due_first, Conversation.id)
        )
        for query in (waiting.limit(51), select(Conversation.id).where(late_now()).limit(1000)):
            plan = explain(query)
            assert "ix_conversation_open" in plan and "Seq Scan" not in plan and "Sort" not in plan, plan


def test_late_dossiers_are_read_from_an_index(app: Flask, database: Urls, people: People) -> None:
    agent = actor_of(people.agent())
    with app.app_context():
        row = {"person_id": new_dossier().person_id, "email": "a@b.example"}
        states = ["reviewing" if number % 100 == 0 else "issued" for number in range(6000)]
        rows = [{**row, "reference": f"D-{n}", "status": state} for n, state in enumerate(states)]
        db.session.execute(insert(Dossier), rows)
        db.session.commit()
        with psycopg.connect(libpq(database.owner), autocommit=True) as owner:
            owner.execute("ANALYZE dossier")
        plan = explain(select(Dossier.id).where(VIEWS["late"].condition(agent)).limit(1000))
        assert "ix_dossier_open" in plan and "Seq Scan" not in plan, plan


def explain(query: object) -> str:
    """PostgreSQL's plan of a query."""
    text = str(query.compile(db.engine, compile_kwargs={"literal_binds": True}))  # type: ignore[attr-defined]  # a select
    return "\n".join(db.session.scalars(db.text(f"EXPLAIN {text}".replace(":", r"\:"))))


def test_a_dossier_is_late_by_the_same_calendar(app: Flask, people: People) -> None:
    agent = actor_of(people.agent())
    with app.app_context():
        text = str(VIEWS["late"].condition(agent).compile(db.engine, compile_kwargs={"literal_binds": True}))
        for status, limit in LATE_AFTER.items():
            found = re.search(rf"status = '{status}' AND dossier.status_since <= '([^']+)'", text)
            assert found
            since = datetime.fromisoformat(found[1])
            assert abs(now() - limit - since) < timedelta(minutes=1), "It never closes here."


def test_figures_of_the_week(app: Flask, client: InspectingClient, sign_in: SignIn, people: People) -> None:
    agent = actor_of(people.agent())
    with app.app_context(), app.test_request_context():
        assert [row["value"] for row in first_answers()] == ["–", "–"]
        for hours in (1, 2, 30):
            conversation_id = talking(new_dossier()).id
            put_back(conversation_id, hours=hours)
            reply(conversation_id, text="Yes!", actor=agent)
        assert [row["value"] for row in first_answers()] == ["2 h", "66%"]
    sign_in(client, "supervisor")
    assert "first answer (median)" in client.page("/desk/").text
    other = app.test_client()
    assert isinstance(other, InspectingClient)
    sign_in(other, "agent")
    assert "first answer (median)" not in other.page("/desk/").text


def test_other_hours_are_taken_over_when_the_worker_starts(app: Flask, settings: Settings) -> None:
    with app.app_context():
        talking(new_dossier())
        since = only().answer_awaited_since
        assert since is not None and apply_calendar() == 0
        # As after a restart with other settings.
        app.extensions["desk_settings"] = replace(settings, first_answer_hours=2.0)
        assert (apply_calendar(), only().answer_due_at) == (1, since + 2 * HOUR)
        assert apply_calendar() == 0


def test_what_waited_before_the_migration_waits_after_it(
    app: Flask, database: Urls, tmp_path: Path, people: People
) -> None:
    agent = actor_of(people.agent())
    with app.app_context():
        for answered, asks_again, closed in ((0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 0, 1), (0, 1, 1)):
            conversation = talking(new_dossier())
            if answered:
                reply(conversation.id, text="Yes!", actor=agent)
            if closed:
                lifecycle.close(db.session.get_one(Conversation, conversation.id), actor=agent)
            if asks_again:
                wrote(conversation, "And now?")
        before = waits()
        db.session.remove()
        db.engine.dispose()
        migrate(database, tmp_path, "0011", down=True)
        migrate(database, tmp_path)
        assert apply_calendar() == 3, "They had a plain day."
        assert waits() == before


def waits() -> list[tuple[object, ...]]:
    """What is stored about every conversation's waits, but for the moment of closing, which the trail knows a little later."""
    db.session.expire_all()
    found = db.session.scalars(select(Conversation).order_by(Conversation.id))
    return [
        (one.answer_awaited_since, one.answer_due_at, one.first_answered_at, one.closed_at is None)
        for one in found
    ]


def test_words_for_what_is_due(app: Flask) -> None:
    with app.test_request_context():
        assert [span(timedelta(minutes=n)) for n in (0, 45, 60, 130)] == [
            "0 min",
            "45 min",
            "1 h",
            "2 h 10 min",
        ]
        assert due_words(now() - timedelta(seconds=1)) == ("late", "bad")
        assert due_words(now() - 65 * timedelta(minutes=1)) == ("late by 1 h 5 min", "bad")
        noon = now().astimezone(JAKARTA).replace(hour=12, minute=0, second=0, microsecond=0)
        assert near(noon) == "12:00" and near(noon + 24 * HOUR) == "tomorrow 12:00"
        assert due_words(noon + 24 * HOUR)[0] == "due tomorrow 12:00"
        assert re.fullmatch(r"[A-Z][a-z]{2} 12:00", near(noon + 72 * HOUR))
        assert re.fullmatch(r"[A-Z][a-z]{2} \d+ [A-Z][a-z]{2} 12:00", near(noon + 240 * HOUR))
        assert todays_hours() == "00:00–24:00" and office_words()[0].startswith("open until ")
        assert next_holiday() is not None


def test_outside_working_hours_the_screen_says_when_it_opens(
    app: Flask, client: InspectingClient, sign_in: SignIn, settings: Settings
) -> None:
    sign_in(client, "administrator")
    assert "closed now" not in client.page("/desk/").text
    tomorrow = (now().astimezone(JAKARTA) + timedelta(days=1)).strftime("%a")
    shut = replace(settings, working_hours=f"{tomorrow} 08:30-17:00", extra_working_days=frozenset())
    app.extensions["desk_calendar"] = make_calendar(shut)
    app.extensions["desk_settings"] = shut
    assert "closed now, opens" in client.page("/desk/").text
    health = client.page("/desk/health/").text
    assert "today closed" in health and "closed now, opens" in health


def test_the_calendar_is_shown_to_operators(app: Flask) -> None:
    shown = app.test_cli_runner().invoke(args=["calendar", "show", "--year", "2028"])
    assert shown.exit_code == 0
    assert "Mon  00:00-24:00" in shown.output
    assert "2028-02-27 Sun  Eid al-Fitr (public holiday" in shown.output
    assert "2028-08-17 Thu  Independence Day (public holiday)" in shown.output
    known = app.test_cli_runner().invoke(args=["calendar", "show", "--year", "2026"]).output
    assert "2026-03-18 Wed  Day of Silence Joint Holiday (joint leave)" in known
    assert "is not known" not in known
