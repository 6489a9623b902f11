"""Which conversation a mail joins, and who is answered in it."""

from __future__ import annotations

import random
from dataclasses import replace
from email.message import EmailMessage

import pytest
from flask import Flask

from app.audit.models import TrailEntry
from app.conversations import lifecycle
from app.conversations.models import Attachment, Conversation, Message
from app.conversations.parties import PartyRole, add_party, agree_to, parties_of, recipients
from app.conversations.reading import CalendarReply, ReadMessage
from app.conversations.receive import add_message
from app.conversations.reply import reply
from app.documents.models import Document
from app.dossiers.models import Dossier
from app.intake.dossier import LEFT_OUT
from app.intake.invited import tie_to_call
from app.intake.thread import REFERS_ELSEWHERE, REFERS_UNVERIFIED, STRANGER, find_place
from app.kernel.database import db, use_case
from app.kernel.errors import Refused
from app.letters.addresses import conversation_written_to, is_ours, reply_address
from app.vault.keep import keep
from config import Settings
from tests.factories import calls
from tests.factories.conversations import read_message, talking
from tests.factories.mails import bounce, mail, take_in
from tests.factories.staff import actor_of
from tests.fixtures.desk import RunJobs
from tests.fixtures.mail import Outbox
from tests.fixtures.pages import InspectingClient
from tests.fixtures.people import People, SignIn
from tests.web.test_indonesian import Reader

ANNA, HR, EVE = "anna@utopia.example", "hr@contoh.example", "eve@evil.example"


def arrive(app: Flask, run_jobs: RunJobs, *mails: EmailMessage) -> None:
    """Take mails in and file them, one after the other."""
    for one in mails:
        with app.app_context():
            take_in(one)
        run_jobs()


def the(reference_of: str) -> Conversation:
    """The one conversation with this address."""
    return db.session.query(Conversation).filter_by(address=reference_of).one()


def reply_to(letter: EmailMessage) -> str:
    """The address that answers to this letter go to."""
    return str(letter["Reply-To"]).partition("<")[2].strip(">")


@pytest.mark.parametrize("header", ["To", "Cc", "Delivered_To", "X_Original_To", "Envelope_To"])
def test_an_answer_finds_its_thread_by_the_address_it_was_sent_to(
    app: Flask, run_jobs: RunJobs, outbox: Outbox, header: str
) -> None:
    arrive(app, run_jobs, mail(text="A question"))
    address = reply_to(outbox[0])
    assert address.startswith("support+") and len(address.partition("@")[0]) <= 64

    arrive(app, run_jobs, mail(text="More", verified=False, **{header: address.upper()}))

    with app.app_context():
        assert len(the(ANNA).messages) == 2


def test_one_mail_sent_into_two_conversations_stands_in_both(
    app: Flask, run_jobs: RunJobs, outbox: Outbox
) -> None:
    arrive(app, run_jobs, mail(text="A question"), mail(text="Another matter"))
    both, [first, second] = mail(text="About both"), [reply_to(letter) for letter in outbox]
    for box in (first, second, second):
        with app.app_context():
            take_in(f"Delivered-To: {box}\r\n".encode() + both.as_bytes())
        run_jobs()

    with app.app_context():
        counts = [len(one.messages) for one in db.session.query(Conversation).order_by(Conversation.id)]
        assert counts == [2, 2]


@pytest.mark.parametrize(
    "address",
    [
        "Support@Xignature.co.ID.",
        "support@xignature\u3002co\uff0eid",
        "sup\u200bport@xignature.co.id",
        "support+x@xignature.co.id",
    ],
)
def test_our_own_address_is_ours_however_it_is_written(
    app: Flask, run_jobs: RunJobs, outbox: Outbox, address: str
) -> None:
    raw = f"From: {address}\r\nTo: support@xignature.co.id\r\nSubject: Me\r\n\r\nHello".encode()
    with app.app_context():
        assert is_ours(address) and not is_ours(f"{address}.evil.example")
        take_in(raw)
    run_jobs()

    assert not outbox, "We would write to ourselves."
    with app.app_context():
        assert db.session.query(Message).count() == 1


def test_an_id_too_long_for_an_index_keeps_no_mail_out(app: Flask, run_jobs: RunJobs) -> None:
    # Letters that do not compress, four octets each.
    chance = random.Random(20261126)
    wide = "".join(chr(chance.randrange(0x10000, 0x1FA00)) for _ in range(900))
    first = f"From: {ANNA}\r\nMessage-ID: <{wide}@x>\r\nSubject: A\r\n\r\nA"
    verdict = "Authentication-Results: localhost; spf=pass smtp.mailfrom=x@utopia.example\r\n"
    second = f"{verdict}From: {ANNA}\r\nIn-Reply-To: <{wide}@x>\r\nSubject: B\r\n\r\nB"
    for raw in (first, second):
        with app.app_context():
            take_in(raw.encode())
        run_jobs()

    with app.app_context():
        assert len(the(ANNA).messages) == 2


def test_papers_from_an_address_that_two_people_share_wait_for_an_agent(
    app: Flask, people: People, run_jobs: RunJobs, outbox: Outbox
) -> None:
    bo, family = "bo@utopia.example", "family@home.example"
    arrive(app, run_jobs, mail(files=("passport.jpg",)), mail(f"Bo <{bo}>", files=("passport.jpg",)))
    agent = actor_of(people.agent())
    with app.app_context():
        for one in db.session.query(Conversation).all():
            add_party(one.id, address=family, name="Family", role=PartyRole.SELF, actor=agent)
    sent = len(outbox)

    arrive(app, run_jobs, mail(f"Family <{family}>", files=("kitas.jpg",)))

    with app.app_context():
        assert [len(one.documents) for one in db.session.query(Dossier)] == [1, 1]
        assert LEFT_OUT in the(family).messages[0].defects
        assert [one.filename for one in the(family).messages[0].attachments] == ["kitas.jpg"]
    assert [str(one["To"]) for one in outbox[sent:]] == [family], "Neither of the two is told of it."


def test_a_changed_token_is_nobodys(app: Flask, run_jobs: RunJobs, outbox: Outbox) -> None:
    arrive(app, run_jobs, mail(text="A question"), mail(f"Eve <{EVE}>", text="Hello"))
    local, _at, domain = reply_to(outbox[0]).partition("@")
    other = local[:-1] + ("a" if local[-1] != "a" else "b")
    elsewhere = f"{local}@evil.example"

    arrive(app, run_jobs, mail(f"Eve <{EVE}>", text="Let me in", To=f"{other}@{domain}, {elsewhere}"))

    with app.app_context():
        assert len(the(ANNA).messages) == 1


def test_the_reply_address_can_do_without_a_plus(app: Flask, settings: Settings) -> None:
    with app.app_context():
        marked = reply_address(1)
        assert conversation_written_to(marked) == 1 and is_ours(marked)
        assert conversation_written_to(reply_address(None)) is None
        app.extensions["desk_settings"] = replace(settings, support_plus_addressing=False)
        assert reply_address(1) == settings.support_address
        longer = f"{'x' * 40}@xignature.co.id"
        app.extensions["desk_settings"] = replace(settings, support_address=longer)
        assert reply_address(1) == longer, "No mail server must take more than 64 characters before the @."


def test_a_stranger_with_a_token_joins_and_is_written_to_only_when_an_agent_agrees(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs, outbox: Outbox
) -> None:
    arrive(app, run_jobs, mail(text="A question"))
    with app.app_context():
        reference = the(ANNA).reference
    arrive(app, run_jobs, mail(f"Dewi of HR <{HR}>", text="We need it too", To=reply_to(outbox[0])))
    with app.app_context():
        conversation = the(ANNA)
        joined = conversation.messages[-1]
        assert joined.from_address == HR and not joined.known_party and STRANGER in joined.defects
        assert recipients(conversation) == (ANNA,)
    assert len(outbox) == 1, "A stranger gets no receipt in somebody's thread."

    sign_in(client, "agent")
    address = f"/desk/conversations/{reference}"
    page = client.page(address)
    assert "not agreed to" in page.text and "Dewi of HR" in page.text
    form = client.page(address).form(f"{address}/reply")
    assert client.send(form, address, body="Hello HR", kind="reply", to=HR).status_code == 409
    with app.app_context():
        party = parties_of(the(ANNA))[-1]
    client.submit(address, f"{address}/parties/{party.id}/agree", role="on_behalf")
    assert "on behalf of the person" in client.page(address).text

    client.submit(address, f"{address}/reply", body="Hello HR", kind="reply", to=HR)
    run_jobs()
    assert [letter["To"] for letter in outbox] == [ANNA, HR]
    assert reply_to(outbox[1]) == reply_to(outbox[0])
    client.submit(address, f"{address}/parties/{party.id}/refuse")
    with app.app_context():
        assert recipients(the(ANNA)) == (ANNA,)


def test_a_party_of_another_conversation_is_not_touched_from_this_one(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs, outbox: Outbox
) -> None:
    arrive(app, run_jobs, mail(text="A question"), mail(f"HR <{HR}>", text="Another"))
    arrive(app, run_jobs, mail(f"Eve <{EVE}>", text="And me", To=reply_to(outbox[0])))
    with app.app_context():
        hers, asked = the(HR).reference, parties_of(the(ANNA))[-1].id
        form = f"/desk/conversations/{the(ANNA).reference}"
    sign_in(client, "agent")
    refuse = client.page(form).form(f"{form}/parties/{asked}/refuse")
    refuse.action = f"/desk/conversations/{hers}/parties/{asked}/refuse"
    assert client.send(refuse, form).status_code == 404


def test_references_alone_need_a_verified_sender_who_takes_part(
    app: Flask, run_jobs: RunJobs, people: People
) -> None:
    first = mail(text="A question")
    arrive(app, run_jobs, first)
    quoting = {"References": first["Message-ID"]}
    with app.app_context():
        reference = the(ANNA).reference
        actor = actor_of(people.agent())
        add_party(the(ANNA).id, address=HR, name="HR", role=PartyRole.ON_BEHALF, actor=actor)

    arrive(
        app,
        run_jobs,
        mail(text="Mine and sure", **quoting),
        mail(text="Mine, they say", verified=False, **quoting),
        mail(f"HR <{HR}>", text="For her, sure", **quoting),
        mail(f"Eve <{EVE}>", text="Let me in", **quoting),
    )

    with app.app_context():
        rows = db.session.query(Message).order_by(Message.id).all()
        joined = [one.conversation.reference == reference for one in rows]
        assert joined == [True, True, False, True, False]
        assert REFERS_UNVERIFIED.format(reference=reference) in rows[2].defects
        assert REFERS_ELSEWHERE.format(reference=reference) in rows[4].defects


def test_a_stranger_who_uses_a_known_id_again_does_not_draw_answers_to_it_away(
    app: Flask, run_jobs: RunJobs
) -> None:
    first = mail(text="A question")
    same_id = mail(f"Eve <{EVE}>", text="Mine now", Message_ID=first["Message-ID"])
    arrive(app, run_jobs, first, same_id, mail(text="Any news?", In_Reply_To=first["Message-ID"]))

    with app.app_context():
        assert [one.text.strip() for one in the(ANNA).messages] == ["A question", "Any news?"]
        assert len(the(EVE).messages) == 1


def test_a_token_proves_nothing_about_a_sender_it_was_not_sent_to(
    app: Flask, run_jobs: RunJobs, outbox: Outbox, people: People
) -> None:
    arrive(app, run_jobs, mail(files=("passport.jpg",), text="My passport."))
    with app.app_context():
        actor = actor_of(people.agent())
        add_party(the(ANNA).id, address=HR, name="HR", role=PartyRole.ON_BEHALF, actor=actor)
        reply(the(ANNA).id, text="We have her passport.", to=HR, actor=actor)
    run_jobs()
    to_hr = outbox.to(HR)[0]

    forged = mail(files=("kitas.jpg",), verified=False, In_Reply_To=to_hr["Message-ID"])
    by_hr = mail(f"HR <{HR}>", files=("selfie.jpg",), In_Reply_To=to_hr["Message-ID"])
    own = mail(files=("kitas.jpg",), verified=False, In_Reply_To=outbox.to(ANNA)[0]["Message-ID"].lower())
    arrive(app, run_jobs, forged, by_hr)
    with app.app_context():
        assert [one.kind for one in db.session.query(Document)] == ["passport"]
        assert db.session.query(Attachment).count() == 2
    arrive(app, run_jobs, own)
    with app.app_context():
        assert [one.kind for one in db.session.query(Document)] == ["passport", "kitas"]


def test_a_second_address_of_the_applicant_files_into_the_same_dossier(
    app: Flask, run_jobs: RunJobs, outbox: Outbox, people: People
) -> None:
    private = "anna.eriksson@post.example"
    arrive(app, run_jobs, mail(files=("passport.jpg",), text="My passport."))
    with app.app_context():
        add_party(the(ANNA).id, address=private, name="", role=PartyRole.SELF, actor=actor_of(people.agent()))

    unsure = mail(f"Anna <{private}>", files=("kitas.jpg",), text="My KITAS.", verified=False)
    arrive(app, run_jobs, unsure)
    with app.app_context():
        dossiers = db.session.query(Dossier).order_by(Dossier.id).all()
        assert [one.email for one in dossiers] == [ANNA], "Nobody vouches for this mail."
        assert db.session.query(Document).count() == 1
    before = len(outbox)

    arrive(app, run_jobs, mail(f"Anna <{private}>", files=("selfie.jpg",), text="My selfie."))
    with app.app_context():
        [dossier] = db.session.query(Dossier).all()
        assert [one.kind for one in dossier.documents] == ["passport", "selfie"]
        newest = db.session.query(Conversation).order_by(Conversation.id.desc()).first()
        assert (newest.address, newest.dossier_id) == (private, dossier.id)
        assert newest.person_id == dossier.person_id
    assert [letter["To"] for letter in outbox[before:]] == [ANNA], "Letters about it go to its own address."


def test_an_address_that_an_agent_did_not_agree_to_files_nowhere(
    app: Flask, run_jobs: RunJobs, outbox: Outbox, people: People
) -> None:
    arrive(app, run_jobs, mail(files=("passport.jpg",), text="My passport."))
    arrive(app, run_jobs, mail(f"Eve <{EVE}>", files=("kitas.jpg",), text="Mine", To=reply_to(outbox[0])))
    with app.app_context():
        assert db.session.query(Document).count() == 1
        agree_to(parties_of(the(ANNA))[-1].id, role=PartyRole.SELF, actor=actor_of(people.agent()))
        with pytest.raises(Refused):
            reply(the(ANNA).id, text="Hello", to=HR, actor=actor_of(people.agent()))
    arrive(app, run_jobs, mail(f"Eve <{EVE}>", files=("selfie.jpg",), text="Mine", To=reply_to(outbox[0])))
    with app.app_context():
        assert [one.kind for one in db.session.query(Document)] == ["passport", "selfie"]


@pytest.mark.parametrize(
    ("answer", "verb", "status"),
    [
        ("accepted", "call.invitation_accepted", "answered"),
        ("declined", "call.invitation_declined", "open"),
        ("counter", "call.invitation_countered", "open"),
        ("needs-action", None, "answered"),
    ],
)
def test_a_calendars_answer_is_told_beside_its_call(
    app: Flask, people: People, answer: str, verb: str | None, status: str
) -> None:
    reviewer, caller = people.agent(), people.agent()
    with app.app_context():
        call = calls.booked(caller, reviewer=reviewer)
        conversation = talking(db.session.get_one(Dossier, call.dossier_id))
        own, uid = conversation.address, call.calendar_uid
        answer_in(conversation.id)

        def said(address: str, about: str = uid) -> ReadMessage:
            reply = CalendarReply(uid=about, answer=answer, attendee=address)
            plain = read_message(name="Anna", address=address, text="", subject="Accepted")
            return replace(plain, automatic="calendar", calendar_reply=reply)

        assert find_place(said(EVE), verified=True).conversation is None, "A forwarded invitation."
        assert find_place(said(own, "other@xignature.co.id"), verified=True).conversation is None
        assert find_place(said(own), verified=False).conversation == conversation
        told_of(conversation.id, said(own))

        verbs = [one.verb for one in db.session.query(TrailEntry).order_by(TrailEntry.id)]
        assert [one for one in verbs if "invitation" in one] == ([verb] if verb else [])
        assert db.session.get_one(Conversation, conversation.id, populate_existing=True).status == status


def test_the_mail_of_a_calendar_program_finds_its_call(app: Flask, people: People, run_jobs: RunJobs) -> None:
    reviewer, caller = people.agent(), people.agent()
    with app.app_context():
        call = calls.booked(caller, reviewer=reviewer)
        own, uid = talking(db.session.get_one(Dossier, call.dossier_id)).address, call.calendar_uid
    declined = mail(f"Anna <{own}>", subject="Declined: your video call", text="Anna has declined.")
    declined.add_alternative(
        "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n"
        f"UID:{uid}\r\nATTENDEE;PARTSTAT=DECLINED:mailto:{own}\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n",
        subtype="calendar",
        params={"method": "REPLY"},
    )
    arrive(app, run_jobs, declined)
    with app.app_context():
        [told] = db.session.query(TrailEntry).filter_by(verb="call.invitation_declined")
        assert told.subject_id == call.id
        assert [one.status for one in db.session.query(Conversation).filter_by(address=own)] == ["open"]


@use_case
def answer_in(conversation_id: int) -> None:
    """The conversation has been answered."""
    lifecycle.answer(conversation_id)


@use_case
def told_of(conversation_id: int, read: ReadMessage) -> None:
    """What filing a calendar program's mail does."""
    conversation = db.session.get_one(Conversation, conversation_id)
    raw = keep(conversation.person.key_owner, b"BEGIN:VCALENDAR")
    tie_to_call(add_message(conversation, read, sender_verified=True, known_party=True, raw_file=raw), read)


def test_who_wrote_is_marked_verified_or_not_wherever_the_sender_is_shown(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs
) -> None:
    arrive(app, run_jobs, mail(files=("passport.jpg",), text="My passport.", verified=False))
    with app.app_context():
        reference, dossier = the(ANNA).reference, db.session.query(Dossier).one().reference
    sign_in(client, "agent")
    shown = client.page(f"/desk/conversations/{reference}").text
    assert shown.count("sender not verified") == 2, "Beside the mail, and with the person."
    assert "not verified" in client.page("/desk/conversations/?view=all").text
    workbench = client.page(f"/desk/workbench/{dossier}").text
    assert workbench.count("sender not verified") == 2, "In the head, and in the timeline."
    found = client.submit("/desk/conversations/", "/desk/search/", query=ANNA)
    assert "sender not verified" in client.page(found.location).text


def test_beside_papers_a_stranger_is_agreed_to_by_a_key_of_its_own(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs, outbox: Outbox
) -> None:
    arrive(app, run_jobs, mail(text="My papers", files=("passport.jpg",)))
    arrive(app, run_jobs, mail(f"Eve <{EVE}>", text="And me", To=reply_to(outbox[0])))
    sign_in(client, "agent")
    with app.app_context():
        page = client.get(f"/desk/conversations/{the(ANNA).reference}").text
    assert "not agreed to" in page and "Split the papers" in page
    keys = Reader(page).keys
    assert len(keys) == len(set(keys)), sorted(keys)


def test_what_machines_wrote_is_marked_and_brings_no_papers(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs, outbox: Outbox
) -> None:
    arrive(app, run_jobs, mail(text="A question"))
    with app.app_context():
        take_in(bounce(str(outbox[0]["Message-ID"]), ANNA))
    run_jobs()
    arrive(app, run_jobs, mail(text="I am away", To=reply_to(outbox[0]), Auto_Submitted="auto-replied"))
    sign_in(client, "agent")
    with app.app_context():
        page = client.page(f"/desk/conversations/{the(ANNA).reference}")
    assert "It failed." in page.text and page.text.count("automatic") == 2
    assert "Split the papers" not in page.text, "A mail server's report is nobody's paper."
