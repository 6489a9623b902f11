"""Conversations of one person put together, and a message taken out into one of its own."""

from __future__ import annotations

import pytest
from flask import Flask

from app.conversations.draft import attach, draft_of, save_draft
from app.conversations.enclose import File
from app.conversations.merge import merge_conversations, split_out
from app.conversations.models import Conversation, Mention, Message
from app.conversations.notes import add_note, notes_of
from app.conversations.reply import reply
from app.conversations.tag import add_tag, tags_of
from app.gateways import gateways
from app.kernel.actors import Actor
from app.kernel.database import db
from app.kernel.errors import NotPermitted, Refused, Stale
from app.vault.keep import read
from app.vault.models import StoredFile
from tests.factories.mails import mail, take_in
from tests.factories.staff import actor_of
from tests.fixtures.desk import RunJobs
from tests.fixtures.mail import Outbox
from tests.fixtures.pages import InspectingClient
from tests.fixtures.people import People, SignIn


@pytest.fixture
def agent(people: People) -> Actor:
    return actor_of(people.agent("Sari"))


def two(app: Flask, run_jobs: RunJobs, *senders: str) -> list[int]:
    """A conversation for each sender; their ids."""
    with app.app_context():
        for number, sender in enumerate(senders or ("anna@utopia.example",) * 2):
            take_in(mail(f"Anna <{sender}>", subject=f"Question {number}", text=f"Question {number}?"))
    run_jobs()
    with app.app_context():
        return [one.id for one in db.session.query(Conversation).order_by(Conversation.id)]


def test_messages_keep_their_times_and_answers_arrive_in_the_kept_one(
    app: Flask, agent: Actor, run_jobs: RunJobs, outbox: Outbox
) -> None:
    first, second = two(app, run_jobs)
    with app.app_context():
        reply(second, text="An answer to the second.", actor=agent)
        times = {one.id: one.created_at for one in db.session.query(Message)}
    run_jobs()
    answer = outbox[-1]
    with app.app_context():
        kept = merge_conversations(second, kept_id=first, actor=agent)
        assert {one.id: one.created_at for one in kept.messages} == times and len(times) == 3
        gone = db.session.get_one(Conversation, second)
        assert (gone.status, gone.merged_into_id, gone.messages) == ("closed", first, [])
        with pytest.raises(Stale):
            merge_conversations(second, kept_id=first, actor=agent)
        with pytest.raises(Stale):
            reply(second, text="From a page that was open.", actor=agent)
        take_in(mail("Anna <anna@utopia.example>", text="Thank you", In_Reply_To=answer["Message-ID"]))
    run_jobs()
    with app.app_context():
        assert len(db.session.get_one(Conversation, first).messages) == 4
        assert db.session.query(Conversation).count() == 2


def test_another_persons_conversation_stays_apart(
    app: Flask, agent: Actor, run_jobs: RunJobs, people: People
) -> None:
    first, second = two(app, run_jobs, "anna@utopia.example", "bo@utopia.example")
    with app.app_context():
        with pytest.raises(Refused):
            merge_conversations(second, kept_id=first, actor=agent)
        with pytest.raises(Refused):
            merge_conversations(first, kept_id=first, actor=agent)
        with pytest.raises(NotPermitted):
            merge_conversations(second, kept_id=first, actor=actor_of(people.auditor()))


def test_a_strangers_message_goes_to_the_stranger_with_its_key(
    app: Flask, agent: Actor, run_jobs: RunJobs, outbox: Outbox
) -> None:
    [first] = two(app, run_jobs, "anna@utopia.example")
    with app.app_context():
        # Somebody else knows the token, as when a letter of ours was forwarded.
        take_in(mail("Bo <bo@utopia.example>", text="And mine?", In_Reply_To=outbox[-1]["Message-ID"]))
    run_jobs()
    with app.app_context():
        conversation = db.session.get_one(Conversation, first)
        mine, strange = conversation.messages
        key = conversation.person.key_owner
        new = split_out(strange.id, actor=agent)
        assert (new.address, new.person.email, new.status) == (
            "bo@utopia.example",
            "bo@utopia.example",
            "open",
        )
        assert [one.id for one in db.session.get_one(Conversation, first).messages] == [mine.id]
        with pytest.raises(Refused):
            split_out(mine.id, actor=agent)
        gateways().vault._keys.destroy(key)
        assert b"And mine?" in read(db.session.get_one(StoredFile, strange.raw_file_id))


def test_the_screen_merges_and_takes_out(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs
) -> None:
    first, second = two(app, run_jobs)
    with app.app_context():
        one, other = (db.session.get_one(Conversation, key).reference for key in (first, second))
    sign_in(client, "agent")
    screen = f"/desk/join/{other}"
    assert screen in client.get(f"/desk/conversations/{other}").text
    assert "Question 0" in client.page(screen).text
    assert client.submit(screen, f"{screen}/merge", into=None).status_code == 400
    assert client.submit(screen, f"{screen}/merge", into="C-NOTHERE").status_code == 404
    assert client.submit(screen, f"{screen}/merge", into=one).location == f"/desk/conversations/{one}"
    assert client.get(f"/desk/conversations/{other}").location == f"/desk/conversations/{one}"
    screen = f"/desk/join/{one}"
    form = next(form for form in client.page(screen).forms if "/split-out/" in (form.action or ""))
    assert client.send(form, screen).status_code == 302
    with app.app_context():
        assert db.session.query(Conversation).count() == 3
    auditor = app.test_client()
    sign_in(auditor, "auditor")
    assert auditor.get(screen).status_code == 403


def test_tags_notes_and_drafts_go_along(app: Flask, agent: Actor, people: People, run_jobs: RunJobs) -> None:
    first, second = two(app, run_jobs)
    budi = people.agent("Budi Santoso")
    with app.app_context():
        add_tag(first, "urgent", actor=agent)
        for tag in ("urgent", "billing"):
            add_tag(second, tag, actor=agent)
        add_note(second, text="@Budi Santoso please look", actor=agent)
        attach(second, [File(filename="form.pdf", content=b"%PDF-1.7\n%%EOF")], actor=agent)
        save_draft(first, text="Of the first.", seen=0, actor=agent)
        held = draft_of(second, agent.staff_id)
        assert held is not None
        save_draft(second, text="Of the second.", seen=held.version, actor=agent)

        merge_conversations(second, kept_id=first, actor=agent)

        assert sorted(tag.name for tag in tags_of([first])[first]) == ["billing", "urgent"]
        assert [note.text for note in notes_of(first)] == ["@Budi Santoso please look"]
        assert db.session.query(Mention).filter_by(staff_id=budi.id).one().conversation_id == first
        draft = draft_of(first, agent.staff_id)
        assert draft is not None and draft_of(second, agent.staff_id) is None
        assert draft.text == "Of the first.\n\nOf the second."
        assert [read(file.file) for file in draft.files] == [b"%PDF-1.7\n%%EOF"]
