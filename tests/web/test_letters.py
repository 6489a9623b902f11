"""Letters: rendered, queued with the change, sent once or visibly in doubt."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from app.gateways import gateways
from app.gateways.mailer import TemporaryMailerError
from app.kernel import limits, links
from app.kernel.actors import SYSTEM
from app.kernel.database import db, use_case
from app.kernel.errors import InvalidInput, Stale
from app.kernel.tokens import digest_of
from app.letters import lifecycle, problems, send
from app.letters.brake import AUTOMATIC_PER_DAY, AUTOMATIC_PER_HOUR
from app.letters.models import Letter
from app.letters.queue import queue_letter
from app.letters.send_again import send_again
from app.letters.thread import conversation_of
from tests.factories.staff import actor_of
from tests.fixtures.desk import RunJobs
from tests.fixtures.mail import Outbox
from tests.fixtures.people import People

ANNA = "anna@utopia.example"


def queue(template: str = "conversations/received", to: str = ANNA, **more: object) -> int:
    """Queue a letter; its id."""
    context = {"name": "Anna", "subject": "Hello", "reference": "C-1", "hours": 72, "resend_url": "http://x"}
    return queue_letter(template, to=to, locale="en", context=context, **more).id  # type: ignore[arg-type]


def letter(letter_id: int) -> Letter:
    """The letter as it is now."""
    db.session.rollback()
    return db.session.get_one(Letter, letter_id, populate_existing=True)


def test_sent_with_a_link_whose_token_is_stored_nowhere(
    app: Flask, run_jobs: RunJobs, outbox: Outbox
) -> None:
    with app.app_context():
        letter_id = queue("accounts/activation", link=("activate", 7), sender="dita@xignature.co.id")
    run_jobs()
    [mail] = outbox.to(ANNA)
    token = re.search(r"http://localhost:8080/activate/(\S+)", mail.get_body(("plain",)).get_content())
    assert token, "The letter holds the link."
    assert "dita@xignature.co.id" in mail["From"] and "<support@xignature.co.id>" in mail["Reply-To"]
    with app.app_context():
        assert (letter(letter_id).status, letter(letter_id).attempts) == (lifecycle.SENT, 1)
        assert token[1] not in letter(letter_id).text + (letter(letter_id).html or "")
        assert links.find("activate", token[1]).digest == digest_of(token[1])


def test_each_letter_speaks_its_readers_language(app: Flask) -> None:
    with app.app_context():
        context = {"name": "Budi", "subject": "Halo", "reference": "C-1"}
        queued = queue_letter("conversations/received", to=ANNA, locale="id", context=context)
        assert queued.subject.startswith("Pesan Anda") and "Yth. Budi" in queued.text


def test_a_rolled_back_change_sends_nothing(app: Flask, run_jobs: RunJobs, outbox: Outbox) -> None:
    @use_case
    def fails() -> None:
        queue()
        raise Stale

    with app.app_context(), pytest.raises(Stale):
        fails()
    run_jobs()
    assert not outbox


@pytest.mark.parametrize(
    "address", ["a@b.example\nBcc: c@d.example", "a@b.example, c@d.example", "Anna <a@b.example>", "anna", ""]
)
def test_a_forged_address_is_refused(app: Flask, address: str) -> None:
    with app.app_context(), pytest.raises(InvalidInput):
        queue(to=address)


def test_a_subject_stays_one_line(app: Flask, run_jobs: RunJobs, outbox: Outbox) -> None:
    with app.app_context():
        context = {"subject": "Re: Hello\r\nBcc: eve@evil.example\r\n\r\nBuy", "text": "Yes."}
        queue_letter("conversations/reply", to=ANNA, locale="en", context=context)
    run_jobs()
    assert outbox[0]["Bcc"] is None and outbox[0]["Subject"] == "Re: Hello Bcc: eve@evil.example Buy"


def test_a_busy_server_gets_it_later(app: Flask, run_jobs: RunJobs, outbox: Outbox) -> None:
    outbox.answer = "451 4.3.0 try later anna@utopia.example"
    with app.app_context():
        letter_id = queue()
    run_jobs()
    with app.app_context():
        waiting = letter(letter_id)
        assert (waiting.status, waiting.attempts, waiting.problem) == (lifecycle.QUEUED, 1, "unreachable 451")
        due = "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'"
        db.session.execute(text(due))
        db.session.commit()
    outbox.answer = "250 OK"
    run_jobs()
    with app.app_context():
        assert (letter(letter_id).status, letter(letter_id).attempts) == (lifecycle.SENT, 2)
    assert len(outbox) == 1


def test_a_server_that_stays_away_is_told_of(app: Flask, outbox: Outbox) -> None:
    outbox.answer = "451 4.3.0 try later"
    with app.app_context():
        letter_id = queue()
        for _ in range(send.MOST_ATTEMPTS):
            send.send_letter(letter_id=letter_id)
        assert letter(letter_id).status == lifecycle.FAILED


def test_a_refused_letter_fails_visibly_and_can_be_sent_again(
    app: Flask, run_jobs: RunJobs, outbox: Outbox, people: People
) -> None:
    outbox.answer = "550 5.1.1 no such user anna@utopia.example"
    with app.app_context():
        letter_id = queue()
    run_jobs()
    agent = actor_of(people.agent())
    with app.app_context():
        assert (letter(letter_id).status, letter(letter_id).problem) == (lifecycle.FAILED, "refused 550")
        assert "550" in problems.sentence(letter(letter_id).problem)
        send_again(letter_id, actor=agent)
        with pytest.raises(Stale):
            send_again(letter_id, actor=agent)
    outbox.answer = "250 OK"
    run_jobs()
    with app.app_context():
        assert letter(letter_id).status == lifecycle.SENT


def test_a_letter_interrupted_after_the_hand_over_is_never_sent_again_by_itself(
    app: Flask, run_jobs: RunJobs, outbox: Outbox
) -> None:
    with app.app_context():
        letter_id = queue()
        mail = send.claim(letter_id)
        assert mail is not None
        gateways().mailer.deliver(mail)
        db.session.remove()
    # The worker died here: the mail server said 250, nobody wrote it down. Its job comes back.
    run_jobs()
    with app.app_context():
        assert (letter(letter_id).status, letter(letter_id).problem) == (
            lifecycle.UNCERTAIN,
            problems.INTERRUPTED,
        )
    assert len(outbox) == 1


def test_the_sender_taken_for_dead_has_the_last_word(app: Flask) -> None:
    with app.app_context():
        letter_id = queue()
        send.claim(letter_id)
        send.claim(letter_id)
        assert letter(letter_id).status == lifecycle.UNCERTAIN
        send.note_sent(letter_id, "250 OK")
        assert letter(letter_id).status == lifecycle.SENT


def test_a_connection_that_broke_before_the_answer_is_in_doubt(app: Flask) -> None:
    with app.app_context():
        letter_id = queue()
        send.claim(letter_id)
        send.note_uncertain(letter_id)
        assert letter(letter_id).status == lifecycle.UNCERTAIN
    assert TemporaryMailerError("x", uncertain=True).uncertain


def test_automatic_letters_say_so_and_have_a_brake(app: Flask, run_jobs: RunJobs, outbox: Outbox) -> None:
    with app.app_context():
        ids = [queue(automatic=True) for _ in range(AUTOMATIC_PER_HOUR + 1)]
        last = letter(ids[-1])
        assert (last.status, last.problem) == (lifecycle.FAILED, problems.TOO_MANY)
    run_jobs()
    assert len(outbox) == AUTOMATIC_PER_HOUR
    assert {mail["Auto-Submitted"] for mail in outbox} == {"auto-replied"}


def test_a_machine_that_answers_every_letter_gets_ten_a_day(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    midnight = datetime(2026, 11, 25, tzinfo=UTC)
    sent = []
    with app.app_context():
        for hour in (0, 1, 2, 23, 24):
            monkeypatch.setattr(limits, "now", lambda hour=hour: midnight + timedelta(hours=hour))
            letters = [letter(queue(automatic=True)) for _ in range(AUTOMATIC_PER_HOUR + 2)]
            sent.append(sum(each.status == lifecycle.QUEUED for each in letters))
    assert sent == [5, AUTOMATIC_PER_DAY - 5, 0, 0, 5]


def test_nobody_can_make_up_a_thread_of_ours(app: Flask) -> None:
    with app.app_context():
        letter_id = queue()
        ours = letter(letter_id).message_id
        assert conversation_of(ours) is None, "It belongs to no conversation."
        assert conversation_of("<L0123456789abcdef.1.aaaaaaaaaaaaaaaaaaaaaaaaaa@xignature.co.id>") is None
        assert conversation_of("<1@xignature.co.id>") is None
        assert SYSTEM.kind == "system"
