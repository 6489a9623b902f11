"""HR mails five employees' papers in one message: they are split between five dossiers, keys and all."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
from flask import Flask

from app.approvals.models import ApprovalRequest
from app.conversations.models import Attachment, Conversation, Party
from app.desk.split_files import files_of, opened_by, version
from app.desk.split_parts import Part
from app.desk.splitting import split_conversation
from app.documents.models import Document
from app.dossiers.address import learn_address
from app.dossiers.find import open_dossier_of
from app.dossiers.makers import makers_of
from app.dossiers.models import Dossier
from app.dossiers.review import accept_document
from app.gateways import gateways
from app.kernel.actors import Actor
from app.kernel.database import db
from app.kernel.errors import InvalidInput, NotFound, NotPermitted, Refused, Stale
from app.letters.addresses import reply_address
from app.letters.models import Letter
from app.vault.keep import read
from app.vault.models import StoredFile
from tests.factories import dossiers as make
from tests.factories.accounts import Cast, approved
from tests.factories.mails import mail, take_in
from tests.factories.staff import actor_of
from tests.fixtures.desk import RunJobs
from tests.fixtures.mail import Outbox
from tests.fixtures.pages import InspectingClient, page_of
from tests.fixtures.people import People, SignIn

HR = "hr@contoh.example"
NAMES = ("Anna Eriksson", "Bo Lund", "Chidi Obi", "Dewi Lestari", "Emil Zatopek")
KINDS = ("Passport", "KITAS", "HR letter", "Selfie")
ALL_PAPERS = tuple(f"{kind} - {name}.jpg" for name in NAMES for kind in KINDS)
FIVE = tuple(f"Passport - {name}.jpg" for name in NAMES)


@pytest.fixture
def agent(people: People) -> Actor:
    return actor_of(people.agent("Sari"))


@pytest.fixture
def five(app: Flask, run_jobs: RunJobs) -> int:
    """The conversation in which HR sent the papers of five people; the mail has opened one dossier for HR's address."""
    return received(app, run_jobs)


def received(app: Flask, run_jobs: RunJobs, files: tuple[str, ...] = FIVE, **more: object) -> int:
    """Have HR's mail filed; the id of its conversation."""
    with app.app_context():
        take_in(mail(f"Maya Putri <{HR}>", files=files, **more))  # type: ignore[arg-type]
    run_jobs()
    with app.app_context():
        return db.session.query(Conversation).order_by(Conversation.id.desc()).first().id


def seen(conversation_id: int) -> str:
    """What a page opened now would have seen."""
    conversation = db.session.get_one(Conversation, conversation_id)
    return version(conversation, files_of(conversation))


def share(conversation_id: int, *names: str) -> tuple[str, ...]:
    """Keys of the files that bear one of these names."""
    files = files_of(db.session.get_one(Conversation, conversation_id))
    return tuple(one.key for one in files if any(name in one.filename for name in names))


def parts_of(conversation_id: int, *, emails: bool = True) -> list[Part]:
    """Five new people, each with their files; the last one's address is not known."""
    return [
        Part(
            letter=letter,
            name=name,
            email=f"{name.split()[0].lower()}@utopia.example" if emails and letter != "E" else "",
            files=share(conversation_id, name),
        )
        for letter, name in zip("ABCDE", NAMES, strict=True)
    ]


def split(conversation_id: int, parts: Sequence[Part], actor: Actor) -> list[Dossier]:
    return split_conversation(conversation_id, parts=parts, seen=seen(conversation_id), actor=actor)


def test_five_people_get_their_papers_keys_and_letters(
    app: Flask, agent: Actor, run_jobs: RunJobs, outbox: Outbox
) -> None:
    five = received(app, run_jobs, ALL_PAPERS)
    with app.app_context():
        source = opened_by(db.session.get_one(Conversation, five))
        assert source is not None and len(source.documents) == 20
        hr_key, source_id = source.person.key_owner, source.id
        dossiers = split(five, parts_of(five), agent)
        ids = [one.id for one in dossiers]
        assert ids[0] == source_id, "The dossier that the mail opened is the first person's now."
        assert [one.person.name for one in dossiers] == list(NAMES)
        assert [one.email for one in dossiers[:2]] == ["anna@utopia.example", "bo@utopia.example"]
        assert dossiers[4].email == "" and open_dossier_of(HR) is None
        assert {one.status for one in dossiers} == {"collecting"}, "The phone number was HR's."
        assert [one.phone for one in dossiers] == [None] * 5
        assert all(agent.id in {maker.staff_id for maker in makers_of(one)} for one in ids)
    outbox_before = len(outbox)
    run_jobs()
    told = {str(letter["To"]) for letter in outbox[outbox_before:]}
    assert told == {f"{name}@utopia.example" for name in ("anna", "bo", "chidi", "dewi")}
    with app.app_context():
        gateways().vault._keys.destroy(hr_key)
        for dossier_id, name in zip(ids, NAMES, strict=True):
            dossier = db.session.get_one(Dossier, dossier_id)
            assert {one.kind for one in dossier.documents} == {"passport", "kitas", "hr_letter", "selfie"}
            assert all(name in one.filename and read(one.file) for one in dossier.documents)
            assert all(
                page.full.owner == dossier.person.key_owner for one in dossier.documents for page in one.pages
            )
            behalf = db.session.query(Party).join(Conversation, Conversation.id == Party.conversation_id)
            roles = {
                one.address: one.role
                for one in behalf.filter(Conversation.dossier_id == dossier_id, Conversation.id != five)
            }
            assert roles.pop(HR) == "on_behalf"
            assert roles == ({dossier.email: "self"} if dossier.email else {})


def test_what_was_written_before_the_address_was_known_is_the_applicants_from_then_on(
    app: Flask, five: int, agent: Actor, run_jobs: RunJobs
) -> None:
    with app.app_context():
        emil_id = split(five, parts_of(five), agent)[4].id
        waiting = db.session.query(Conversation).filter_by(dossier_id=emil_id).one()
        waiting_id, old_key = waiting.id, waiting.person.key_owner
        take_in(mail(f"Maya Putri <{HR}>", To=reply_address(waiting_id), files=("More of Emil.jpg",)))
    run_jobs()
    with app.app_context():
        learn_address(emil_id, email="emil@utopia.example", actor=agent)
        gateways().vault._keys.destroy(old_key)
        waiting = db.session.get_one(Conversation, waiting_id)
        message = waiting.messages[-1]
        files = [
            db.session.get_one(StoredFile, message.raw_file_id),
            *(one.file for one in message.attachments),
        ]
        assert len(files) == 2
        assert all(one.owner == waiting.person.key_owner and read(one) for one in files)


def test_an_unknown_address_is_learnt_once_and_never_the_one_on_behalf(
    app: Flask, five: int, agent: Actor, run_jobs: RunJobs, outbox: Outbox
) -> None:
    with app.app_context():
        emil = split(five, parts_of(five), agent)[4]
        emil_id, key = emil.id, emil.person.key_owner
        assert db.session.query(Letter).filter_by(dossier_id=emil_id).count() == 0
        with pytest.raises(Refused):
            learn_address(emil_id, email=HR.upper(), actor=agent)
        with pytest.raises(Refused):
            learn_address(emil_id, email="anna@utopia.example", actor=agent)
        with pytest.raises(InvalidInput):
            learn_address(emil_id, email="emil@utopia.example, hr@contoh.example", actor=agent)
        learn_address(emil_id, email="Emil@Utopia.example", actor=agent)
        with pytest.raises(Refused):
            learn_address(emil_id, email="other@utopia.example", actor=agent)
        emil = db.session.get_one(Dossier, emil_id)
        assert emil.email == "emil@utopia.example" and emil.person.key_owner != key
        gateways().vault._keys.destroy(key)
        assert all(read(one.file) for one in emil.documents)
    before = len(outbox)
    run_jobs()
    assert "emil@utopia.example" in {str(one["To"]) for one in outbox[before:]}


def test_the_senders_own_dossier_stays_theirs(app: Flask, agent: Actor, run_jobs: RunJobs) -> None:
    talk = received(app, run_jobs, files=("passport Maya.jpg", "kitas Maya.jpg", "passport Bo.jpg"))
    with app.app_context():
        source = opened_by(db.session.get_one(Conversation, talk))
        parts = [
            Part(letter="A", name="Bo Lund", email="bo@utopia.example", files=share(talk, "Bo")),
            Part(letter="B", name="Maya Putri", sender=True, files=share(talk, "Maya")),
        ]
        bo, maya = split(talk, parts, agent)
        assert maya.id == source.id and maya.email == HR and maya.phone and len(maya.documents) == 2
        assert bo.email == "bo@utopia.example" and [one.filename for one in bo.documents] == [
            "passport Bo.jpg"
        ]


def test_files_beside_a_message_become_documents(app: Flask, agent: Actor, run_jobs: RunJobs) -> None:
    talk = received(app, run_jobs, files=("passport Anna.jpg", "passport Bo.jpg"), verified=False)
    with app.app_context():
        known = make.new_dossier(email="bo@utopia.example", name="Bo Lund")
        take = share(talk, "Bo")
        # Beside the message, as the sender could not be made sure of, or in the dossier that the mail opened.
        [same] = split(talk, [Part(letter="A", dossier_id=known.id, files=take)], agent)
        assert same.id == known.id and [one.filename for one in known.documents] == ["passport Bo.jpg"]
        assert db.session.query(Party).filter_by(role="on_behalf").count() == 0, "Nobody was opened for."


def test_a_dossier_left_empty_leads_to_who_got_its_papers(app: Flask, five: int, agent: Actor) -> None:
    with app.app_context():
        source_id = opened_by(db.session.get_one(Conversation, five)).id
        known = [make.new_dossier(name=name) for name in NAMES]
        parts = [
            Part(letter=letter, dossier_id=dossier.id, files=share(five, dossier.person.name))
            for letter, dossier in zip("ABCDE", known, strict=True)
        ]
        split(five, parts, agent)
        source = db.session.get_one(Dossier, source_id)
        assert (source.status, source.merged_into_id, source.email) == ("merged", known[0].id, "")
        assert db.session.get_one(Conversation, five).dossier_id == known[0].id
        assert open_dossier_of(HR) is None, "HR's address leads to nobody's dossier."


def test_decisions_fall_and_approvals_are_void(app: Flask, five: int, agent: Actor) -> None:
    with app.app_context():
        source = opened_by(db.session.get_one(Conversation, five))
        for document in list(source.documents):
            accept_document(document.id, actor=agent)
        waiting = make.awaiting_approval(agent)
        request_ids = [one.id for one in db.session.query(ApprovalRequest).filter_by(dossier_id=waiting.id)]
        parts = parts_of(five)
        parts[1] = Part(letter="B", dossier_id=waiting.id, files=parts[1].files)
        split(five, parts, agent)
        moved = db.session.query(Document).filter(Document.filename.like("%Bo Lund%")).all()
        assert {(one.dossier_id, one.status) for one in moved} == {(waiting.id, "undecided")}
        assert db.session.get_one(Dossier, waiting.id).status == "reviewing"
        assert {db.session.get_one(ApprovalRequest, one).status for one in request_ids} <= {"void"}


def test_what_is_refused_in_a_part(app: Flask, five: int, agent: Actor) -> None:
    refused: list[tuple[dict[str, object], str]] = [
        ({"name": " "}, "name"),
        ({"name": "turned \u202e round"}, "name"),
        ({"email": HR}, "behalf"),
        ({"email": "no address"}, "plain e-mail"),
        ({"email": "support@xignature.co.id"}, "our own"),
        ({"email": "anna@utopia.example"}, "the same one"),
        ({"files": ()}, "no file"),
        ({"files": (), "name": ""}, "each of its files needs a letter"),
    ]
    with app.app_context():
        for change, words in refused:
            parts = parts_of(five)
            values = {"letter": "B", "name": "Bo Lund", "email": "", "files": parts[1].files, **change}
            parts[1] = Part(**values)  # type: ignore[arg-type]
            with pytest.raises((InvalidInput, Refused)) as refusal:
                split(five, parts, agent)
            assert words in str(refusal.value.message)
            assert db.session.query(Dossier).count() == 1, "All or nothing."


def test_an_address_that_has_a_dossier_is_named(app: Flask, five: int, agent: Actor) -> None:
    with app.app_context():
        known = make.new_dossier(email="bo@utopia.example")
        with pytest.raises(Refused) as refusal:
            split(five, parts_of(five), agent)
        assert known.reference in str(refusal.value.message)
        assert db.session.query(Dossier).count() == 2


def test_files_of_others_and_dossiers_decided_on(app: Flask, five: int, agent: Actor, people: People) -> None:
    cast = Cast.of(app)
    with app.app_context():
        done = approved(cast).dossier_id
        foreign = make.with_document(make.new_dossier())
        with pytest.raises(NotFound):
            split(five, [Part(letter="A", name="X", files=(f"d{foreign.id}",))], agent)
        with pytest.raises(Refused):
            split(five, [Part(letter="A", dossier_id=done, files=share(five, "Anna"))], agent)
        with pytest.raises(NotFound):
            split(five, [Part(letter="A", dossier_id=999_999, files=share(five, "Anna"))], agent)
        for member in (people.auditor(), people.administrator()):
            with pytest.raises(NotPermitted):
                split(five, parts_of(five), actor_of(member))


def test_two_agents_at_once_split_once(app: Flask, five: int, people: People) -> None:
    agents = [actor_of(people.agent()) for _ in range(2)]
    with app.app_context():
        parts, shown = parts_of(five), seen(five)
    answers: list[str] = []
    both = threading.Barrier(2)

    def act(actor: Actor) -> None:
        with app.app_context():
            both.wait(timeout=30)
            try:
                split_conversation(five, parts=parts, seen=shown, actor=actor)
                answers.append("done")
            except (Stale, Refused):
                answers.append("refused")

    threads = [threading.Thread(target=act, args=(one,)) for one in agents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["done", "refused"]
    with app.app_context():
        assert db.session.query(Dossier).count() == 5
        assert db.session.query(Document).count() == 5 and db.session.query(Attachment).count() == 0


def test_the_screen_suggests_searches_and_loses_nothing(
    app: Flask, five: int, client: InspectingClient, sign_in: SignIn
) -> None:
    with app.app_context():
        known = make.new_dossier(email="bo.lund@utopia.example", name="Bo Lund")
        reference = db.session.get_one(Conversation, five).reference
        keys = {one.filename: one.key for one in files_of(db.session.get_one(Conversation, five))}
        known_reference, known_id = known.reference, known.id
    sign_in(client, "agent")
    talk, path = f"/desk/conversations/{reference}", f"/desk/split/{reference}"
    assert "Split the papers" in client.page(talk).text
    form = client.page(path).form(path)
    letters = {name: form.fields[f"file-{key}"] for name, key in keys.items()}
    assert letters == {f"Passport - {name}.jpg": letter for name, letter in zip(NAMES, "ABCDE", strict=True)}
    assert [form.fields[f"name-{letter}"] for letter in "ABCDE"] == list(NAMES)
    assert known_reference in client.page(path).text, "Somebody of the same name has a dossier."

    typed = {"email-A": "anna@utopia.example", "find-B": "Bo.Lund@Utopia.example", "step": "look"}
    answer = client.send(form, path, **typed)
    form = page_of(answer).form(path)
    assert form.fields["dossier-B"] == known_reference and form.fields["email-A"] == "anna@utopia.example"
    assert "no open dossier" in client.send(form, path, **{"find-C": "Nobody", "step": "look"}).text.lower()
    more = page_of(client.send(form, path, step="more")).form(path)
    assert "name-F" in more.names and more.fields["dossier-B"] == known_reference

    refused = client.send(more, path, **{"email-C": HR, "step": "split"})
    assert refused.status_code == 400 and "behalf" in refused.text
    form = page_of(refused).form(path)
    assert form.fields["email-C"] == HR and form.fields["email-A"] == "anna@utopia.example"
    done = client.send(form, path, **{"email-C": "", "step": "split"})
    assert done.status_code == 302 and done.location == talk
    with app.app_context():
        assert [one.filename for one in db.session.get_one(Dossier, known_id).documents] == [
            "Passport - Bo Lund.jpg"
        ]
        assert db.session.query(Dossier).count() == 5
    # The page that another agent has open is told, and what was typed there is still there.
    late = client.send(form, path, **{"email-C": "", "name-D": "Dewi L.", "step": "split"})
    assert late.status_code == 409 and "Dewi L." in late.text
    assert page_of(late).form(path).fields["seen"] != form.fields["seen"]


def test_the_screen_is_for_those_who_review(
    app: Flask, five: int, client: InspectingClient, sign_in: SignIn
) -> None:
    with app.app_context():
        reference = db.session.get_one(Conversation, five).reference
    sign_in(client, "auditor")
    assert client.get(f"/desk/split/{reference}").status_code == 403
    agent = app.test_client()
    sign_in(agent, "supervisor")
    assert agent.get(f"/desk/split/{reference}").status_code == 200
    assert agent.get("/desk/split/C-NOTHERE").status_code == 404
    form = agent.page(f"/desk/split/{reference}").form(f"/desk/split/{reference}")
    assert agent.send(form, f"/desk/split/{reference}", **{"dossier-A": "D-NOTHERE"}).status_code == 404
    odd = agent.send(form, f"/desk/split/{reference}", count="²", sender="ZZ", seen="", step="split")
    assert odd.status_code in (400, 409)


def test_hostile_file_names_are_shown_as_text(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs
) -> None:
    names = (
        'passport "><script>alert(1)</script>.jpg',
        "..\\..\\kitas\u202egpj.jpg",
        "selfie " + "x" * 400 + ".jpg",
    )
    talk = received(app, run_jobs, names)
    with app.app_context():
        reference = db.session.get_one(Conversation, talk).reference
    sign_in(client, "agent")
    page = client.get(f"/desk/split/{reference}").text
    assert "<script>alert" not in page and "\u202e" not in page
