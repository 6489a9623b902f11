"""One received mail becomes conversation, message, dossier, documents and the right letter, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from app.accounts.models import Person
from app.conversations.models import Attachment, Conversation, Message
from app.conversations.reply import reply
from app.documents.models import Document
from app.dossiers.models import Dossier
from app.intake import file as filing
from app.intake import jobs, lifecycle, problems
from app.intake.models import ReceivedMail
from app.kernel.database import Model, db, use_case
from app.kernel.limits import hit
from app.letters.brake import AUTOMATIC_PER_DOMAIN_HOUR
from app.letters.models import Letter
from app.letters.problems import TOO_MANY
from app.vault.keep import read
from tests.factories.mails import PAPERS, bounce, mail, take_in
from tests.factories.staff import actor_of
from tests.fixtures.desk import RunJobs
from tests.fixtures.mail import Outbox
from tests.fixtures.people import People

ANNA = "anna@utopia.example"


def all_of(model: type[Model]) -> list:
    """Every row, freshly read."""
    db.session.rollback()
    return db.session.query(model).order_by(model.id).populate_existing().all()


def kinds() -> list[str]:
    """Kinds of the documents, in their order."""
    return [document.kind for document in all_of(Document)]


def test_a_complete_dossier_by_mail(app: Flask, run_jobs: RunJobs, outbox: Outbox) -> None:
    with app.app_context():
        take_in(mail(files=PAPERS))
    run_jobs()
    with app.app_context():
        [received], [dossier], [message] = all_of(ReceivedMail), all_of(Dossier), all_of(Message)
        assert (received.status, received.message_id) == (lifecycle.FILED, message.id)
        assert kinds() == ["passport", "kitas", "hr_letter", "selfie"]
        assert {one.message_id for one in all_of(Document)} == {message.id}
        assert (dossier.status, dossier.email, dossier.phone) == ("reviewing", ANNA, "+6281234567890")
        assert message.conversation.dossier_id == dossier.id and message.sender_verified
        assert message.known_party and not all_of(Attachment)
        assert message.conversation.status == "answered", "The acknowledgement says it all."
        raw = all_of(Person)[0].key_owner
        assert db.session.get_one(type(all_of(Document)[0].file), message.raw_file_id).owner == raw
    [letter] = outbox
    assert letter["To"] == ANNA and letter["In-Reply-To"] and letter["Auto-Submitted"] == "auto-replied"
    body = letter.get_body(("plain",))
    assert body and "UU PDP 27/2022" in body.get_content()


def test_an_incomplete_one_is_told_what_is_missing_and_completes_it_by_reply(
    app: Flask, run_jobs: RunJobs, outbox: Outbox
) -> None:
    with app.app_context():
        take_in(mail(files=("passport.jpg", "hr-letter.jpg", "selfie.jpg"), text="Dear team, see attached."))
    run_jobs()
    with app.app_context():
        assert all_of(Dossier)[0].status == "collecting"
    answer = mail(
        files=("kitas.jpg",),
        text="Here it is. My number: +62 812 3456 7890\n\nOn Mon, 1 Jan 2024 Xignature wrote:\n> missing",
        verified=False,
        In_Reply_To=outbox[0]["Message-ID"],
    )
    with app.app_context():
        take_in(answer)
    run_jobs()
    with app.app_context():
        [dossier], [_conversation] = all_of(Dossier), all_of(Conversation)
        assert dossier.status == "reviewing" and dossier.phone == "+6281234567890"
        assert len(kinds()) == 4
    assert len(outbox) == 2 and len(outbox.to(ANNA)) == 2


def test_papers_that_come_with_a_question_wait_for_a_person(app: Flask, run_jobs: RunJobs) -> None:
    question = mail(files=PAPERS, text="My papers. How long does it take?")
    with app.app_context():
        take_in(question)
    run_jobs()
    with app.app_context():
        assert [one.status for one in all_of(Conversation)] == ["open"]
        take_in(mail(files=("passport-2.jpg",), text="One more.", References=question["Message-ID"]))
    run_jobs()
    with app.app_context():
        assert [one.status for one in all_of(Conversation)] == ["open"], "The question still waits."


def test_the_answer_never_goes_to_a_reply_to(app: Flask, run_jobs: RunJobs, outbox: Outbox) -> None:
    with app.app_context():
        take_in(mail(files=PAPERS, Reply_To="thief@evil.example"))
    run_jobs()
    assert [recipients for _sender, recipients in outbox.envelopes] == [[ANNA]]


def test_a_plain_question_gets_a_receipt_and_no_dossier(
    app: Flask, run_jobs: RunJobs, outbox: Outbox
) -> None:
    with app.app_context():
        take_in(
            mail(subject="Aktivasi", text="Selamat pagi, bagaimana saya bisa aktivasi akun? Terima kasih")
        )
    run_jobs()
    with app.app_context():
        assert not all_of(Dossier) and all_of(Conversation)[0].status == "open"
    assert outbox[0]["Subject"] == "Pesan Anda sudah kami terima: Aktivasi"


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"List_Id": "<x.example>"},
        {"From": "support@xignature.co.id"},
        {"From": "nobody"},
    ],
)
def test_machines_and_ourselves_are_never_answered(
    app: Flask, run_jobs: RunJobs, outbox: Outbox, headers: dict[str, str]
) -> None:
    with app.app_context():
        take_in(mail(files=PAPERS, **headers))
    run_jobs()
    with app.app_context():
        assert not all_of(Dossier) and len(all_of(Attachment)) == 4
        assert all_of(ReceivedMail)[0].status == lifecycle.FILED
    assert not outbox


def test_a_strangers_reply_joins_with_a_warning_and_its_papers_stay_outside(
    app: Flask, run_jobs: RunJobs, outbox: Outbox
) -> None:
    with app.app_context():
        take_in(mail(files=("passport.jpg", "kitas.jpg")))
    run_jobs()
    with app.app_context():
        take_in(mail("Eve <eve@evil.example>", files=("selfie.jpg",), In_Reply_To=outbox[0]["Message-ID"]))
    run_jobs()
    with app.app_context():
        _first, second = all_of(Message)
        assert len(all_of(Conversation)) == 1 and not second.known_party and len(second.defects) == 2
        assert len(kinds()) == 2 and len(all_of(Attachment)) == 1
    assert len(outbox) == 1, "Nobody is answered who is not the applicant."


def test_a_stranger_quoting_a_foreign_id_gets_a_conversation_of_his_own(
    app: Flask, run_jobs: RunJobs
) -> None:
    first = mail(files=("passport.jpg", "kitas.jpg"))
    with app.app_context():
        take_in(first)
    run_jobs()
    with app.app_context():
        take_in(mail("Eve <eve@evil.example>", text="hello", References=first["Message-ID"]))
        take_in(mail(text="and another thing", References=first["Message-ID"]))
    run_jobs()
    with app.app_context():
        mine, hers = all_of(Conversation)
        assert hers.address == "eve@evil.example" and mine.reference in hers.messages[0].defects[-1]
        assert len(mine.messages) == 2


def test_a_second_mail_of_an_unverified_sender_opens_nothing_and_adds_nothing(
    app: Flask, run_jobs: RunJobs
) -> None:
    with app.app_context():
        take_in(mail(files=("passport.jpg", "kitas.jpg")))
    run_jobs()
    with app.app_context():
        take_in(mail(files=("selfie.jpg", "hr-letter.jpg"), verified=False))
        take_in(mail(files=("selfie.jpg",)))
    run_jobs()
    with app.app_context():
        assert len(all_of(Dossier)) == 1 and kinds() == ["passport", "kitas", "selfie"]
        assert len(all_of(Attachment)) == 2


def test_the_same_letter_twice_is_one_message(app: Flask, run_jobs: RunJobs, outbox: Outbox) -> None:
    letter = mail(files=PAPERS)
    other = mail(text="Something else", Message_ID=letter["Message-ID"])
    with app.app_context():
        for message, validity in ((letter, 1), (letter, 1), (letter, 2), (other, 2)):
            take_in(message, validity=validity)
    run_jobs()
    with app.app_context():
        first, second, third, fourth = all_of(ReceivedMail)
        assert first.message_id == second.message_id == third.message_id != fourth.message_id
        assert len(all_of(Dossier)) == 1 and len(kinds()) == 4 and len(all_of(Message)) == 2


TRACE = (
    "Return-Path: <x@utopia.example>\r\nDelivered-To: {box}\r\nReceived: from a (a\r\n\t[192.0.2.1]) by {box}; {stamp}\r\n"
    "DKIM-Signature: v=1; d=utopia.example;\r\n b={stamp}\r\nX-Original-To: {box}\r\n"
    "Authentication-Results: localhost; spf=pass smtp.mailfrom=x@utopia.example\r\n"
)
WRITTEN = (
    "Received: from the sender's own server; long ago\r\nFrom: Anna <anna@utopia.example>\r\n"
    "To: support@xignature.co.id\r\nMessage-ID: <one@utopia.example>\r\nSubject: Hello\r\n"
    "Date: Thu, 26 Nov 2026 10:00:00 +0700\r\n\r\nHow long does it take?\r\n"
)


def copy(box: str, written: str = WRITTEN, trace: str = TRACE) -> bytes:
    """A copy of a mail as it lies in one mailbox."""
    return (trace.format(box=box, stamp=box) + written).encode()


def test_the_same_letter_in_two_mailboxes_is_one_message(
    app: Flask, run_jobs: RunJobs, outbox: Outbox
) -> None:
    with app.app_context():
        for raw in (copy("support@a.example"), copy("help@b.example"), copy("c").replace(b"\r\n", b"\n")):
            take_in(raw)
    run_jobs()
    with app.app_context():
        assert len(all_of(Message)) == 1 and {one.status for one in all_of(ReceivedMail)} == {lifecycle.FILED}
    assert len(outbox) == 1


@pytest.mark.parametrize(
    "other",
    [
        copy("b", WRITTEN.replace("How long", "How much")),
        copy("b", WRITTEN.replace("Subject: Hello", "Subject: Hello again")),
        copy("b", WRITTEN.replace("To: support", "To: x@y.example, support")),
        copy("b", WRITTEN.replace("To: support", "Bcc: x@y.example\r\nTo: support")),
        copy("b", WRITTEN.replace("take?", "take? ")),
        copy("b", WRITTEN.replace("Content", "")) + b"--\r\nsomething after it",
        copy("b", trace=TRACE + "X-Note: the person wrote this one\r\n"),
        copy("b", trace="Received: x\rX-Note: behind it\r\n"),
    ],
)
def test_whatever_else_the_sender_wrote_is_a_message_of_its_own(
    app: Flask, run_jobs: RunJobs, other: bytes
) -> None:
    with app.app_context():
        take_in(copy("a"))
        take_in(other)
    run_jobs()
    with app.app_context():
        assert len(all_of(Message)) == 2, "A mail that is lost is worse than one shown twice."


def test_a_copy_that_is_vouched_for_is_no_twin_of_one_that_is_not(app: Flask, run_jobs: RunJobs) -> None:
    with app.app_context():
        take_in(copy("a", trace="Delivered-To: {box}\r\n"))
        take_in(copy("b"))
        take_in(copy("c", trace="Delivered-To: {box}\r\n"))
    run_jobs()
    with app.app_context():
        assert [one.sender_verified for one in all_of(Message)] == [False, True]


def test_mail_without_an_id_is_one_message_too(app: Flask, run_jobs: RunJobs) -> None:
    letter = mail(text="no id")
    del letter["Message-ID"]
    with app.app_context():
        take_in(letter)
        take_in(letter, validity=2)
    run_jobs()
    with app.app_context():
        assert len(all_of(Message)) == 1


def test_the_same_file_again_is_kept_and_not_reviewed_again(app: Flask, run_jobs: RunJobs) -> None:
    letter = mail(files=("passport.jpg", "kitas.jpg"))
    again = mail(text="The same once more", References=letter["Message-ID"])
    again.make_mixed()
    for part in letter.iter_attachments():
        again.attach(part)
    with app.app_context():
        take_in(letter)
    run_jobs()
    with app.app_context():
        take_in(again)
    run_jobs()
    with app.app_context():
        assert len(kinds()) == 2 and len(all_of(Attachment)) == 2


def test_killed_before_the_commit_nothing_is_there_and_it_is_done_again(
    app: Flask, run_jobs: RunJobs, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        received_id = take_in(mail(files=PAPERS))
        with monkeypatch.context() as patch:
            patch.setattr(
                filing, "acknowledge_mail", lambda *_a, **_k: (_ for _ in ()).throw(KeyboardInterrupt)
            )
            with pytest.raises(KeyboardInterrupt):
                filing.file_mail(received_id)
        assert not all_of(Message) and not all_of(Dossier) and not all_of(Letter) and not all_of(Document)
    run_jobs()
    with app.app_context():
        assert len(all_of(Message)) == 1 and len(kinds()) == 4
        filing.file_mail(received_id)
        assert len(all_of(Message)) == 1
    assert len(outbox) == 1


def test_a_poison_message_ends_in_quarantine_and_can_be_tried_again(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        received_id = take_in(mail())

        def fails(_received_id: int) -> None:
            raise ValueError("anna@utopia.example has a passport")

        with monkeypatch.context() as patch:
            patch.setattr(jobs, "file_mail", fails)
            for _attempt in range(4):
                with pytest.raises(ValueError):
                    jobs.file_received(received_id=received_id)
            jobs.file_received(received_id=received_id)
        [received] = all_of(ReceivedMail)
        assert (received.status, received.problem) == (lifecycle.QUARANTINED, "ValueError")
        assert "ValueError" in problems.sentence(received.problem)


def test_a_message_that_kills_its_reader_ends_in_quarantine_too(app: Flask) -> None:
    with app.app_context():
        received_id = take_in(mail())
        for _killed in range(5):
            assert jobs.begin(received_id)
        assert not jobs.begin(received_id)
        assert all_of(ReceivedMail)[0].problem == problems.STOPS


def test_a_mail_whose_job_was_lost_is_found(app: Flask, run_jobs: RunJobs) -> None:
    with app.app_context():
        take_in(mail())
        db.session.execute(text("DELETE FROM procrastinate_events"))
        db.session.execute(text("DELETE FROM procrastinate_jobs"))
        db.session.execute(text("UPDATE received_mail SET created_at = now() - interval '1 hour'"))
        db.session.commit()
        jobs.find_forgotten()
    run_jobs()
    with app.app_context():
        assert all_of(ReceivedMail)[0].status == lifecycle.FILED


def test_a_bounce_shows_on_its_letter_and_asks_for_attention(
    app: Flask, run_jobs: RunJobs, outbox: Outbox, people: People
) -> None:
    with app.app_context():
        take_in(mail(text="A question"))
    run_jobs()
    agent = actor_of(people.agent())
    with app.app_context():
        [conversation] = all_of(Conversation)
        reply(conversation.id, text="An answer", actor=agent)
    run_jobs()
    sent = outbox[-1]
    with app.app_context():
        take_in(bounce(sent["Message-ID"], ANNA))
    run_jobs()
    with app.app_context():
        failed = db.session.query(Letter).filter_by(message_id=sent["Message-ID"]).one()
        assert (failed.status, failed.problem) == ("bounced", "bounced 5.1.1")
        assert [one.status for one in all_of(Conversation)] == ["open"]
    assert len(outbox) == 2


def test_an_out_of_office_does_not_answer_an_answer(
    app: Flask, run_jobs: RunJobs, outbox: Outbox, people: People
) -> None:
    with app.app_context():
        take_in(mail(text="A question"))
    run_jobs()
    agent = actor_of(people.agent())
    with app.app_context():
        reply(all_of(Conversation)[0].id, text="An answer", actor=agent)
    run_jobs()
    receipt, answer = outbox
    assert (receipt["X-Loop"], answer["X-Loop"]) == ("support@xignature.co.id", None)
    for letter in (receipt, answer):
        away = mail(
            text="I am away",
            subject="Out of office",
            In_Reply_To=letter["Message-ID"],
            Auto_Submitted="auto-replied",
        )
        with app.app_context():
            take_in(away)
    run_jobs()
    with app.app_context():
        assert len(all_of(Message)) == 4
        assert [one.status for one in all_of(Conversation)] == ["answered"]
    assert len(outbox) == 2


@pytest.mark.parametrize("which", [0, 1])
def test_a_letter_of_our_own_that_comes_back_is_not_answered(
    app: Flask, run_jobs: RunJobs, outbox: Outbox, people: People, which: int
) -> None:
    with app.app_context():
        take_in(mail(text="A question"))
    run_jobs()
    agent = actor_of(people.agent())
    with app.app_context():
        reply(all_of(Conversation)[0].id, text="An answer", actor=agent)
    run_jobs()
    back = outbox[which]
    del back["X-Loop"], back["Auto-Submitted"]
    back.replace_header("From", "Some list <list@lists.example>")
    with app.app_context():
        take_in(back)
    run_jobs()
    with app.app_context():
        [conversation] = all_of(Conversation)
        assert (conversation.status, len(conversation.messages)) == ("answered", 3)
        assert all_of(Message)[-1].automatic == "auto-reply"
    assert len(outbox) == 2


def test_not_automatic_is_a_person(app: Flask, run_jobs: RunJobs, outbox: Outbox) -> None:
    with app.app_context():
        take_in(mail(text="A question", Auto_Submitted="no"))
    run_jobs()
    assert len(outbox) == 1


def test_a_machine_that_changes_its_address_is_braked_by_its_domain(
    app: Flask, run_jobs: RunJobs, outbox: Outbox
) -> None:
    @use_case
    def answered(domain: str) -> None:
        for _time in range(AUTOMATIC_PER_DOMAIN_HOUR - 1):
            hit("automatic by domain", domain, most=1, per=timedelta(hours=1))

    with app.app_context():
        answered("robot.example")
        answered("gmail.com")
        for sender in ("one@robot.example", "two@robot.example", "a@gmail.com", "b@gmail.com"):
            take_in(mail(sender, text="This is a ticket."))
    run_jobs()
    to = sorted(str(letter["To"]) for letter in outbox)
    assert to[:2] == ["a@gmail.com", "b@gmail.com"] and len(to) == 3
    with app.app_context():
        held = db.session.query(Letter).filter_by(problem=TOO_MANY).one()
        assert held.to_address.endswith("@robot.example") and len(all_of(Conversation)) == 4


def test_the_raw_mail_is_readable_by_the_persons_key_only(app: Flask, run_jobs: RunJobs) -> None:
    letter = mail(text="Hello")
    with app.app_context():
        take_in(letter)
    run_jobs()
    with app.app_context():
        from app.vault.models import StoredFile

        [file] = [one for one in all_of(StoredFile) if one.id == all_of(Message)[0].raw_file_id]
        assert file.owner == all_of(Person)[0].key_owner and read(file) == letter.as_bytes()
