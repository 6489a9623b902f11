"""The inbox, one conversation, letters and quarantine as staff see them."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from flask import Flask

from app.audit.models import TrailEntry
from app.conversations.models import Attachment, Conversation, Message
from app.conversations.reply import reply
from app.documents.models import Document
from app.dossiers.models import Dossier, DossierMaker
from app.intake import lifecycle, problems
from app.intake.models import ReceivedMail
from app.kernel.database import db
from app.kernel.errors import Refused
from app.letters.queue import queue_letter
from tests.factories.mails import PAPERS, mail, take_in
from tests.factories.staff import actor_of
from tests.fixtures.desk import RunJobs
from tests.fixtures.mail import Outbox
from tests.fixtures.pages import InspectingClient
from tests.fixtures.people import People, SignIn

ANNA = "anna@utopia.example"


def receive(app: Flask, run_jobs: RunJobs, *messages: EmailMessage) -> str:
    """Have mail filed; the reference of the newest conversation."""
    with app.app_context():
        for message in messages:
            take_in(message)
    run_jobs()
    with app.app_context():
        return db.session.query(Conversation).order_by(Conversation.id.desc()).first().reference


def test_a_question_is_answered_in_its_thread(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs, outbox: Outbox
) -> None:
    question = mail(subject="Where is my mail?", text="Hello, where is it?\n\n> earlier words")
    reference = receive(app, run_jobs, question)
    sign_in(client, "agent")
    listed = client.page("/desk/conversations/")
    assert "Where is my mail?" in listed.text and "Hello, where is it?" in listed.text
    address = f"/desk/conversations/{reference}"
    assert "earlier words" in client.page(address).text
    answer = client.submit(
        address, f"{address}/reply", body="Please look into the spam folder.", kind="reply"
    )
    assert answer.status_code == 302
    run_jobs()
    letter = outbox[-1]
    assert letter["To"] == ANNA and letter["In-Reply-To"] == question["Message-ID"]
    assert letter["Subject"] == "Re: Where is my mail?" and letter["Auto-Submitted"] is None
    assert "Answered" in client.page(address).text
    assert "Where is my mail?" not in client.page("/desk/conversations/").text
    receive(app, run_jobs, mail(text="Thanks, found it", In_Reply_To=letter["Message-ID"], verified=False))
    with app.app_context():
        [conversation] = db.session.query(Conversation).all()
        assert conversation.status == "open" and len(conversation.messages) == 3
    assert len(outbox) == 2, "A receipt and an answer: the thanks gets no further letter."


def test_a_double_click_sends_one_answer(
    app: Flask, run_jobs: RunJobs, outbox: Outbox, people: People
) -> None:
    receive(app, run_jobs, mail(text="Hello?"))
    agent = actor_of(people.agent())
    with app.app_context():
        [conversation] = db.session.query(Conversation).all()
        reply(conversation.id, text="Hello!", actor=agent)
        with pytest.raises(Refused):
            reply(conversation.id, text="Hello! ", actor=agent)
    run_jobs()
    assert len(outbox) == 2


def test_an_empty_answer_is_refused_and_nothing_is_sent(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs
) -> None:
    reference = receive(app, run_jobs, mail(text="Hello?"))
    sign_in(client, "agent")
    address = f"/desk/conversations/{reference}"
    assert client.submit(address, f"{address}/reply", body="  ", kind="reply").status_code == 400
    refused = client.submit(address, f"{address}/reply", body="a note", kind="note")
    assert refused.status_code == 400 and "a note" in refused.get_data(as_text=True)
    assert client.get("/desk/conversations/C-NOTHERE").status_code == 404
    assert client.get("/desk/conversations/?view=open&after=x-1").status_code == 404


def test_take_close_and_open_again(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs
) -> None:
    reference = receive(app, run_jobs, mail(text="Hello?"))
    sari = sign_in(client, "agent", name="Sari")
    address = f"/desk/conversations/{reference}"
    client.submit(address, f"{address}/take")
    assert "Sari" in client.page("/desk/conversations/?view=mine").text
    page = client.page(address)
    form = page.form(f"{address}/close")
    assert client.send(form, address).status_code == 302
    assert client.send(form, address).status_code == 409, "A stale page changes nothing."
    client.submit(address, f"{address}/open")
    with app.app_context():
        [conversation] = db.session.query(Conversation).all()
        assert (conversation.status, conversation.assigned_to_id) == ("open", sari.id)


def test_an_agent_opens_a_dossier_from_a_mail_and_its_papers_go_in(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs, outbox: Outbox
) -> None:
    reference = receive(app, run_jobs, mail(text="Good morning", subject="Hi", files=("IMG_1.jpg",)))
    with app.app_context():
        assert db.session.query(Dossier).count() == 0 and db.session.query(Attachment).count() == 1
    agent = sign_in(client, "agent")
    address = f"/desk/conversations/{reference}"
    assert "IMG_1.jpg" in client.page(address).text
    assert client.submit(address, f"{address}/dossier").status_code == 302
    run_jobs()
    with app.app_context():
        [dossier], [document] = db.session.query(Dossier).all(), db.session.query(Document).all()
        assert (dossier.email, dossier.assigned_to_id, document.filename) == (ANNA, agent.id, "IMG_1.jpg")
        assert db.session.query(Attachment).count() == 0
        assert db.session.query(DossierMaker).filter_by(staff_id=agent.id).count() == 1
    assert dossier.reference in client.page(address).text
    assert len(outbox) == 2


def test_a_doubtful_mail_is_put_into_the_dossier_by_a_person(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs
) -> None:
    receive(app, run_jobs, mail(files=("passport.jpg", "kitas.jpg")))
    reference = receive(app, run_jobs, mail(text="And this", files=("selfie.jpg",), verified=False))
    sign_in(client, "agent")
    address = f"/desk/conversations/{reference}"
    assert "Its files were not put into the dossier" in client.page(address).text
    assert client.submit(address, f"{address}/attach").status_code == 302
    with app.app_context():
        assert db.session.query(Document).count() == 3 and db.session.query(Attachment).count() == 0
        assert len({one.dossier_id for one in db.session.query(Conversation)}) == 1


def test_formatted_mail_is_caged(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs
) -> None:
    message = mail(text="plain")
    message.add_alternative(
        "<p>Hello <b>you</b><script>alert(1)</script><img src='https://spy.example/x.png'></p>",
        subtype="html",
    )
    reference = receive(app, run_jobs, message)
    sign_in(client, "agent")
    with app.app_context():
        [stored] = db.session.query(Message).all()
        path = f"/desk/messages/{stored.id}/html"
    assert path in client.get(f"/desk/conversations/{reference}").get_data(as_text=True)
    answer = client.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'") and "script" not in policy
    assert "<b>you</b>" in answer.text and "alert" not in answer.text and "spy.example" not in answer.text
    assert client.get("/desk/messages/999/html").status_code == 404


def test_letters_are_listed_with_what_went_wrong_and_sent_again(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs, outbox: Outbox
) -> None:
    outbox.answer = "550 5.1.1 no such user"
    with app.app_context():
        context = {"subject": "Re: Hello", "text": "Yes"}
        letter_id = queue_letter("conversations/reply", to=ANNA, locale="en", context=context).id
    run_jobs()
    sign_in(client, "agent")
    page = client.page("/desk/letters/?view=trouble")
    assert "The mail server refused it" in page.text and ANNA in page.text
    outbox.answer = "250 OK"
    client.submit("/desk/letters/?view=trouble", f"/desk/letters/{letter_id}/again")
    run_jobs()
    assert len(outbox) == 1 and "Sent" in client.page("/desk/letters/").text
    auditor = app.test_client()
    assert isinstance(auditor, InspectingClient)
    sign_in(auditor, "auditor")
    assert "Re: Hello" in auditor.page("/desk/letters/").text
    assert auditor.post(f"/desk/letters/{letter_id}/again").status_code in (400, 403)


def test_quarantine_is_for_supervisors_and_can_be_tried_again(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs
) -> None:
    with app.app_context():
        received_id = take_in(mail(files=PAPERS))
        mail_row = db.session.get_one(ReceivedMail, received_id)
        lifecycle.quarantine(mail_row, "ValueError")
        db.session.commit()
        too_large = ReceivedMail(
            mailbox="test",
            uid_validity=9,
            uid=9,
            size=60_000_000,
            status="quarantined",
            problem=problems.TOO_LARGE,
        )
        db.session.add(too_large)
        db.session.commit()
        large_id = too_large.id
    run_jobs()
    sign_in(client, "supervisor")
    page = client.page("/desk/quarantine/")
    assert "60.0 MB" in page.text and "ValueError" in page.text and ANNA not in page.text
    for one in (received_id, large_id):
        assert client.submit("/desk/quarantine/", f"/desk/quarantine/{one}/again").status_code == 302
    run_jobs()
    with app.app_context():
        [left] = db.session.query(ReceivedMail).all()
        assert left.status == lifecycle.FILED, "The other one left the ledger, to be fetched anew."
    agent = app.test_client()
    assert isinstance(agent, InspectingClient)
    sign_in(agent, "agent")
    assert agent.get("/desk/quarantine/").status_code == 403


def test_everything_quarantined_for_one_reason_is_tried_again_at_once(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs
) -> None:
    with app.app_context():
        for reason in ("ValueError", "ValueError", "KeyError"):
            row = db.session.get_one(ReceivedMail, take_in(mail()))
            lifecycle.quarantine(row, reason)
            db.session.commit()
        db.session.remove()
    sign_in(client, "supervisor")
    form = client.page("/desk/quarantine/").form("/desk/quarantine/again")
    assert form.fields["problem"] == "ValueError", "The most frequent reason comes first."
    assert client.post("/desk/quarantine/again", data=form.fields).status_code == 302
    assert "2 messages are tried again." in client.page("/desk/quarantine/").text
    run_jobs()
    with app.app_context():
        assert sorted(one.status for one in db.session.query(ReceivedMail)) == [
            "filed",
            "filed",
            "quarantined",
        ]
        assert db.session.query(TrailEntry).filter_by(verb="mail.try_again").count() == 2
