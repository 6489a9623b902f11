"""An answer can be taken back for some seconds, whatever the job does at the same moment; files travel with it."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app.conversations import lifecycle
from app.conversations.draft import attach, draft_of, save_draft
from app.conversations.enclose import File
from app.conversations.models import Conversation, Message
from app.conversations.reply import reply
from app.conversations.undo import Gone, undo
from app.gateways.embedded_postgres import Urls
from app.gateways.key_store import KeyStore
from app.kernel.clock import now
from app.kernel.database import db
from app.kernel.errors import InvalidInput, NotFound, NotPermitted
from app.letters import send
from app.letters.models import Letter, LetterFile
from app.letters.send_again import send_again
from config import MailServer, Settings
from tests.factories.conversations import talking, wrote
from tests.factories.dossiers import new_dossier
from tests.factories.mails import mail
from tests.factories.staff import actor_of
from tests.fixtures.desk import RunJobs
from tests.fixtures.mail import Outbox, plain_of
from tests.fixtures.pages import InspectingClient
from tests.fixtures.people import People, SignIn
from tests.fixtures.values import make_settings
from tests.web.test_conversations import ANNA, receive

PDF = b"%PDF-1.7 a small document"
ROUNDS = 12


@pytest.fixture
def settings(tmp_path: Path, database: Urls, outbox: Outbox, imap: MailServer) -> Settings:
    """As always, but an answer waits: so long that no test sees the end of it by itself."""
    folder = tmp_path / "data"
    return make_settings(folder, database, smtp=outbox.server, imap=imap, undo_send_seconds=600)


def time_passes(app: Flask) -> None:
    """Every letter and every job is due now."""
    with app.app_context():
        db.session.execute(
            text("UPDATE letter SET due_at = now() - interval '1 second' WHERE due_at IS NOT NULL")
        )
        db.session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'"))
        db.session.commit()


def conversation_here() -> Conversation:
    """A conversation with somebody who asked something. Needs an application context."""
    return talking(new_dossier(), "Where is it?")


def test_an_answer_is_taken_back_changed_and_sent_once(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs, outbox: Outbox
) -> None:
    reference = receive(app, run_jobs, mail(subject="Where is it?", text="Where?"))
    sign_in(client, "agent")
    page = f"/desk/conversations/{reference}"
    client.submit(page, f"{page}/reply", body="In the spam folder", kind="reply")
    run_jobs()
    assert len(outbox) == 1, "Only the receipt has left."
    assert "sending at" in client.page("/desk/").text, "The undo is at hand on every screen."

    assert client.submit("/desk/", f"{page}/undo").location.endswith(page)

    back = client.page(page)
    assert back.form(f"{page}/reply").fields["body"] == "In the spam folder"
    assert "To answer" in back.text and "Waiting to be sent" not in back.text
    time_passes(app)
    run_jobs()
    assert len(outbox) == 1, "What was taken back never leaves."
    client.submit(page, f"{page}/reply", body="In the junk folder", kind="reply")
    undo_form = client.page(page).form(f"{page}/undo")
    time_passes(app)
    run_jobs()
    assert [one["To"] for one in outbox] == [ANNA, ANNA]
    assert "In the junk folder" in plain_of(outbox[-1])
    refused = client.send(undo_form, page)
    assert refused.status_code == 409 and "has gone already" in refused.text
    with app.app_context():
        states = [one.status for one in db.session.query(Letter).order_by(Letter.id)]
    assert states == ["sent", "withdrawn", "sent"]


def test_a_letter_that_is_not_due_waits_however_early_its_job_comes(
    app: Flask, people: People, run_jobs: RunJobs
) -> None:
    actor = actor_of(people.agent())
    with app.app_context():
        letter_id = reply(conversation_here().id, text="Soon", actor=actor).letter_id
        assert letter_id is not None
        assert send.claim(letter_id) is None
        assert db.session.get_one(Letter, letter_id).status == "queued"
    time_passes(app)
    run_jobs()
    with app.app_context():
        assert db.session.get_one(Letter, letter_id).status == "sent"


def test_only_its_writer_takes_an_answer_back(app: Flask, people: People) -> None:
    sari, budi, auditor = (actor_of(one) for one in (people.agent(), people.agent(), people.auditor()))
    with app.app_context():
        message_id = reply(conversation_here().id, text="Mine", actor=sari).id
        with pytest.raises(NotFound):
            undo(message_id, actor=budi)
        with pytest.raises(NotPermitted):
            undo(message_id, actor=auditor)
        undo(message_id, actor=sari)
        with pytest.raises(NotFound):
            undo(message_id, actor=sari)


def test_what_was_begun_meanwhile_is_not_lost(app: Flask, people: People) -> None:
    sari = actor_of(people.agent())
    with app.app_context():
        conversation = conversation_here()
        message_id = reply(conversation.id, text="First", actor=sari).id
        save_draft(conversation.id, text="Second", seen=0, actor=sari)
        undo(message_id, actor=sari)
        draft = draft_of(conversation.id, sari.id)
        assert draft is not None and draft.text == "First\n\nSecond"


def at_once(app: Flask, *acts: Callable[[], Any]) -> list[Any]:
    """Do these at the same moment, each in a thread and a transaction of its own; what each returned or raised."""
    start, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        with app.app_context():
            start.wait()
            try:
                results[place] = act()
            except Exception as error:  # noqa: BLE001  What was raised is the result that the test looks at.
                results[place] = error
            db.session.remove()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_undo_and_sending_at_the_same_moment_have_one_winner(app: Flask, people: People) -> None:
    sari = actor_of(people.agent())
    with app.app_context():
        conversation_id = conversation_here().id
    for number in range(ROUNDS):
        with app.app_context():
            message = reply(conversation_id, text=f"Answer {number}", actor=sari)
            message_id, letter_id = message.id, message.letter_id or 0
            # Due within the undo's last moment: both may still win.
            db.session.get_one(Letter, letter_id).due_at = now() + timedelta(milliseconds=60)
            db.session.commit()

        def job(letter_id: int = letter_id) -> bool:
            while True:
                if send.claim(letter_id) is not None:
                    return True
                db.session.remove()
                if db.session.get_one(Letter, letter_id).status != "queued":
                    return False

        taken, sent = at_once(app, lambda message_id=message_id: undo(message_id, actor=sari), job)

        with app.app_context():
            status = db.session.get_one(Letter, letter_id).status
            there = db.session.get(Message, message_id) is not None
        if isinstance(taken, Gone):
            # Told that it had gone in the very moment in which it was still to go: then it goes.
            assert sent is True and status == "sending" and there
        else:
            assert isinstance(taken, Conversation) and sent is False and status == "withdrawn" and not there


def test_files_go_with_the_answer_come_back_with_it_and_go_again(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs, outbox: Outbox
) -> None:
    reference = receive(app, run_jobs, mail(text="How?"))
    sari = actor_of(sign_in(client, "agent"))
    page = f"/desk/conversations/{reference}"
    files = [(io.BytesIO(PDF), "Panduan – 指南.pdf"), (io.BytesIO(b"a;b\n1;2\n"), "table.csv")]
    client.submit(page, f"{page}/reply", body="Like this", kind="reply", files=files)
    assert "Panduan – 指南.pdf" in client.page(page).text
    client.submit(page, f"{page}/undo")
    with app.app_context():
        [conversation] = db.session.query(Conversation).all()
        draft = draft_of(conversation.id, sari.id)
        assert draft is not None and len(draft.files) == 2 and db.session.query(LetterFile).count() == 0
        assert {one.file.owner for one in draft.files} == {conversation.person.key_owner}
        detached = draft.files[1].id
    answer = client.post(
        f"{page}/draft/detach",
        data={"csrf_token": client.page(page).form(f"{page}/reply").fields["csrf_token"], "file": detached},
        headers={"Accept": "application/json", "Referer": f"http://localhost:8080{page}"},
    )
    assert [one["name"] for one in answer.json["files"]] == ["Panduan – 指南.pdf"]
    outbox.answer = "550 5.7.1 no"
    client.submit(page, f"{page}/reply", body="Like this then", kind="reply")
    time_passes(app)
    run_jobs()
    outbox.answer = "250 OK"
    with app.app_context():
        letter = db.session.query(Letter).filter_by(status="failed").one()
        send_again(letter.id, actor=sari)
    run_jobs()
    [enclosed] = list(outbox[-1].iter_attachments())
    assert (enclosed.get_filename(), enclosed.get_content_type()) == ("Panduan – 指南.pdf", "application/pdf")
    assert enclosed.get_content() == PDF


HARMFUL = [
    ("setup.exe", b"MZ\x90"),
    ("page.html", b"<p>"),
    ("run.js", b"alert(1)"),
    ("holiday.pdf", b"MZ\x90 a program"),
    ("invoice.pdf.scr", PDF),
    ("list.csv", b"  <html><script>"),
    ("macro.docm", b"PK\x03\x04"),
    ("photo.jpg", PDF),
    ("nothing.pdf", b""),
    ("none", PDF),
]


def test_files_that_could_harm_are_refused_with_their_names(app: Flask, people: People) -> None:
    sari = actor_of(people.agent())
    with app.app_context():
        conversation_id = conversation_here().id
        for name, content in HARMFUL:
            with pytest.raises(InvalidInput) as refused:
                attach(conversation_id, [File(filename=name, content=content)], actor=sari)
            assert name in str(refused.value.message)
        assert draft_of(conversation_id, sari.id) is None


def test_number_and_size_of_files_are_bounded(app: Flask, people: People) -> None:
    sari = actor_of(people.agent())
    with app.app_context():
        conversation_id = conversation_here().id
        large = File(filename="large.pdf", content=PDF + b"0" * (6 * 1024 * 1024))
        small = File(filename="small.pdf", content=PDF)
        attach(conversation_id, [large, small], actor=sari)
        for too_much in ([large], [small] * 4):
            with pytest.raises(InvalidInput):
                attach(conversation_id, too_much, actor=sari)
        draft = draft_of(conversation_id, sari.id)
        assert draft is not None and len(draft.files) == 2, "All or none."


def test_a_letter_whose_file_was_erased_does_not_leave_without_it(
    app: Flask, settings: Settings, people: People, run_jobs: RunJobs, outbox: Outbox
) -> None:
    sari = actor_of(people.agent())
    with app.app_context():
        conversation = conversation_here()
        owner = conversation.person.key_owner
        reply(conversation.id, text="Here", files=[File(filename="a.pdf", content=PDF)], actor=sari)
        KeyStore(settings.key_store_dir, settings.master_key).destroy(owner)
    time_passes(app)
    run_jobs()
    with app.app_context():
        [letter] = db.session.query(Letter).all()
        assert (letter.status, letter.problem) == ("failed", "files")
    assert not outbox


def test_an_answer_that_closed_is_taken_back_and_the_person_waits_since_they_asked(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs
) -> None:
    reference = receive(app, run_jobs, mail(subject="Where is it?", text="Where?"))
    sign_in(client, "agent")
    page = f"/desk/conversations/{reference}"
    before = due(app)
    client.submit(page, f"{page}/reply", body="In the spam folder", kind="reply_close")
    assert due(app) == ("closed", None, None)
    client.submit(page, f"{page}/undo")
    assert due(app) == before, "Neither another moment nor another target."
    client.submit(page, f"{page}/reply", body="In the spam folder", kind="reply")
    client.submit(page, f"{page}/close")
    client.submit(page, f"{page}/undo")
    assert due(app) == before


def test_what_was_opened_by_hand_waits_again_and_an_absence_does_not(app: Flask, people: People) -> None:
    sari = actor_of(people.agent())
    with app.app_context():
        conversation = conversation_here()
        reply(conversation.id, text="First", actor=sari)
        lifecycle.open_again(conversation, actor=sari)
        since = db.session.get_one(Conversation, conversation.id).answer_awaited_since
        undo(reply(conversation.id, text="Second", actor=sari).id, actor=sari)
        found = db.session.get_one(Conversation, conversation.id, populate_existing=True)
        assert (found.status, found.answer_awaited_since) == ("open", since)
        reply(conversation.id, text="Third", actor=sari)
        wrote(conversation, "I am away.").automatic = "auto-reply"
        db.session.commit()
        reply(conversation.id, text="Fourth", actor=sari)
        undo(reply(conversation.id, text="Fifth", actor=sari).id, actor=sari)
        assert db.session.get_one(Conversation, conversation.id, populate_existing=True).status == "answered"


def test_the_box_keeps_whom_an_answer_was_meant_for(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs
) -> None:
    reference = receive(app, run_jobs, mail(subject="Where is it?", text="Where?"))
    sign_in(client, "agent")
    page, hr = f"/desk/conversations/{reference}", "hr@contoh.example"
    client.submit(page, f"{page}/parties", address=hr, role="on_behalf")
    refused = client.submit(
        page, f"{page}/reply", body="Dear {{name}}", to=hr, language="id", quote="1", kind="reply"
    )
    assert refused.status_code == 400
    assert f'<option value="{hr}" selected>' in refused.text
    assert '<option value="id" selected>' in refused.text and 'value="1" checked' in refused.text
    client.submit(page, f"{page}/reply", body="Dear HR", to=hr, kind="reply")
    client.submit(page, f"{page}/undo")
    assert client.page(page).form(f"{page}/reply").fields["to"] == hr, "Sent again it goes to HR again."


def due(app: Flask) -> tuple[object, ...]:
    """State, since when somebody waits, and until when, of the one conversation."""
    with app.app_context():
        found = db.session.query(Conversation).one()
        return found.status, found.answer_awaited_since, found.answer_due_at
