"""Notes for colleagues: never in a letter, always for those who are called in; drafts; who else is here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from app.conversations.draft import attach, draft_of
from app.conversations.enclose import File
from app.conversations.models import Conversation, Draft, Mention
from app.conversations.notes import add_note, mentioned_in
from app.desk.models import Presence
from app.kernel.clock import now
from app.kernel.database import db
from app.letters.models import LetterFile
from tests.factories.conversations import talking, wrote
from tests.factories.dossiers import new_dossier
from tests.factories.staff import actor_of
from tests.fixtures.desk import RunJobs
from tests.fixtures.mail import Outbox, plain_of
from tests.fixtures.pages import InspectingClient
from tests.fixtures.people import People, SignIn

EVIL = "<script>alert(1)</script>"
LIST = "/desk/conversations/"


def another(app: Flask, sign_in: SignIn, *roles: str, name: str | None = None) -> InspectingClient:
    """A further browser, signed in."""
    client = app.test_client()
    assert isinstance(client, InspectingClient)
    sign_in(client, *roles, name=name)
    return client


def post(client: InspectingClient, page: str, path: str, **values: Any) -> TestResponse:
    """What a script of the page posts."""
    token = client.page(page).form(f"{page}/note").fields["csrf_token"]
    headers = {"Accept": "application/json", "Referer": f"http://localhost:8080{page}"}
    return client.post(path, data={"csrf_token": token, **values}, headers=headers)


def test_a_note_calls_a_colleague_in_and_never_leaves_the_house(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs, outbox: Outbox
) -> None:
    sign_in(client, "agent", name="Budi")
    sari = another(app, sign_in, "agent", name="Sari Dewi")
    with app.app_context():
        conversation = talking(new_dossier())
        page = f"{LIST}{conversation.reference}"
    client.submit(page, f"{page}/note", note=f"@sari dewi, is this a twin? {EVIL}")
    assert "@1" in sari.page("/desk/").text and "Colleagues ask me" in sari.page("/desk/").text
    listed = sari.page(f"{LIST}?view=mentions").text
    assert conversation.reference not in client.get(f"{LIST}?view=mentions").text
    assert "@you" in listed
    html = sari.get(page).text
    assert "&lt;script&gt;alert(1)" in html and EVIL not in html and "note, for colleagues only" in html
    assert "@1" not in sari.page("/desk/").text, "She has opened it."
    assert "@you" not in sari.page(f"{LIST}?view=mentions").text
    client.submit(page, f"{page}/reply", body="Hello", kind="reply", quote="1")
    run_jobs()
    assert "twin" not in outbox[-1].as_string() and "> Here are my documents." in plain_of(outbox[-1])


def test_a_note_stands_in_the_dossiers_timeline(
    app: Flask, client: InspectingClient, sign_in: SignIn, people: People
) -> None:
    sign_in(client, "agent")
    auditor = another(app, sign_in, "auditor")
    with app.app_context():
        dossier = new_dossier()
        add_note(talking(dossier).id, text="Looks genuine", actor=actor_of(people.agent("Budi")))
        path = f"/desk/workbench/{dossier.reference}"
    assert "Looks genuine" in client.page(path).text
    assert "Looks genuine" not in auditor.page(path).text, "Auditors do not read conversations."


def test_a_note_that_is_refused_is_not_lost(app: Flask, client: InspectingClient, sign_in: SignIn) -> None:
    sign_in(client, "agent")
    with app.app_context():
        page = f"{LIST}{talking(new_dossier()).reference}"
    assert client.submit(page, f"{page}/note", note="  ").status_code == 400
    refused = client.submit(page, f"{page}/note", note="x" * 5001)
    assert refused.status_code == 400 and "x" * 5001 in refused.text


def test_who_is_meant_by_a_name(app: Flask, people: People) -> None:
    names = ("Sari", "Sari Dewi", "Budi")
    ids = {name: people.agent(name).id for name in names}
    people.auditor("Olga")
    with app.app_context():
        for text, wanted in (
            ("@Sari Dewi and @budi.", {"Sari Dewi", "Budi"}),
            ("(@Sari)", {"Sari"}),
            ("@Sariwati, budi, x@budi, @Olga", set()),
            ("@Sari Dewi, @Sari", {"Sari", "Sari Dewi"}),
        ):
            assert {one.id for one in mentioned_in(text)} == {ids[name] for name in wanted}, text


def test_called_in_again_it_is_new_again(app: Flask, people: People) -> None:
    sari, budi = people.agent("Sari"), actor_of(people.agent())
    with app.app_context():
        conversation_id = talking(new_dossier()).id
        for _number in range(2):
            add_note(conversation_id, text="@Sari look", actor=budi)
            [mention] = db.session.query(Mention).all()
            assert (mention.staff_id, mention.seen_at) == (sari.id, None)
            mention.seen_at = now()
            db.session.commit()


def test_a_draft_is_kept_and_another_window_does_not_destroy_it(
    app: Flask, client: InspectingClient, sign_in: SignIn
) -> None:
    sari = actor_of(sign_in(client, "agent"))
    budi = another(app, sign_in, "agent")
    with app.app_context():
        conversation = talking(new_dossier())
        page = f"{LIST}{conversation.reference}"
    kept = post(client, page, f"{page}/draft", body="Dear Anna,", version="0")
    assert kept.json == {"version": 1, "files": []}
    other = post(client, page, f"{page}/draft", body="In the other window", version="0")
    assert other.status_code == 409
    assert (other.json["text"], other.json["version"]) == (
        "Dear Anna,",
        1,
    ) and "another window" in other.json["message"]
    assert post(client, page, f"{page}/draft", body="In the other window", version="1").json["version"] == 2
    assert client.page(page).form(f"{page}/reply").fields["body"] == "In the other window"
    assert "draft" in client.page(LIST).text and "draft" not in budi.page(LIST).text
    assert budi.page(page).form(f"{page}/reply").fields["body"] == "", "A draft is its writer's alone."
    assert post(client, page, f"{page}/draft", body=" ", version="2").json["version"] == 0
    assert post(client, page, f"{page}/draft", body="x", version="x").status_code == 400
    post(client, page, f"{page}/draft", body="Sent now", version="0")
    client.submit(page, f"{page}/reply", body="Sent now", kind="reply")
    late = post(client, page, f"{page}/draft", body="Sent now, too late", version="1")
    assert late.status_code == 409 and late.json["version"] == 0
    with app.app_context():
        assert draft_of(conversation.id, sari.id) is None and db.session.query(Draft).count() == 0


def test_an_answer_from_the_workbench_leaves_the_draft_alone(
    app: Flask, client: InspectingClient, sign_in: SignIn
) -> None:
    sari = actor_of(sign_in(client, "agent"))
    with app.app_context():
        dossier = new_dossier()
        conversation_id = talking(dossier).id
        file = File(filename="internal.pdf", content=b"%PDF-1.4")
        attach(conversation_id, [file], actor=sari)
        bench = f"/desk/workbench/{dossier.reference}"
    form = client.page(bench).form(f"{bench}/note")
    form.action = f"{bench}/reply"
    assert client.send(form, bench, body="Hello").status_code == 302
    with app.app_context():
        draft = draft_of(conversation_id, sari.id)
        assert draft is not None and len(draft.files) == 1 and db.session.query(LetterFile).count() == 0


def test_an_answer_to_what_has_gone_on_is_kept_in_the_box(
    app: Flask, client: InspectingClient, sign_in: SignIn
) -> None:
    sign_in(client, "agent")
    with app.app_context():
        conversation = talking(new_dossier())
        page = f"{LIST}{conversation.reference}"
    form = client.page(page).form(f"{page}/reply")
    with app.app_context():
        wrote(conversation, "I found it!")
    refused = client.send(form, page, body="Look here", kind="reply")
    assert refused.status_code == 409 and "Look here" in refused.text and "I found it!" in refused.text


def test_the_language_of_the_letter_is_the_persons_from_now_on(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs, outbox: Outbox
) -> None:
    sign_in(client, "agent")
    with app.app_context():
        conversation = talking(new_dossier())
        page = f"{LIST}{conversation.reference}"
    client.submit(page, f"{page}/reply", body="Halo", kind="reply", language="id")
    run_jobs()
    assert "Salam hangat" in plain_of(outbox[-1])
    assert client.page(page).form(f"{page}/reply").fields["language"] == "id"
    assert (
        client.submit(page, f"{page}/reply", body="Halo lagi", kind="reply", language="xx").status_code == 400
    )


def test_send_and_close_send_and_next(app: Flask, client: InspectingClient, sign_in: SignIn) -> None:
    sign_in(client, "agent")
    with app.app_context():
        first, second = talking(new_dossier()), talking(new_dossier())
        page, following = (f"{LIST}{one.reference}" for one in (first, second))
    assert client.submit(page, f"{page}/reply", body="Yes", kind="reply_next").location == following
    assert (
        client.submit(following, f"{following}/reply", body="Done", kind="reply_close").location == following
    )
    with app.app_context():
        assert [one.status for one in db.session.query(Conversation).order_by(Conversation.id)] == [
            "answered",
            "closed",
        ]


def test_everybody_sees_who_else_is_replying(app: Flask, client: InspectingClient, sign_in: SignIn) -> None:
    sign_in(client, "agent", name="Sari")
    budi = another(app, sign_in, "agent", name="Budi")
    with app.app_context():
        dossier = new_dossier()
        conversation = talking(dossier)
        page, bench = f"{LIST}{conversation.reference}", f"/desk/workbench/{dossier.reference}"
    assert post(budi, page, f"{page}/presence", doing="replying").json["others"] == ""
    assert post(client, page, f"{page}/presence", doing="looking").json["others"] == "Budi is replying"
    assert "Budi is replying" in client.page(page).text and "Budi is replying" in client.page(LIST).text
    assert post(budi, page, f"{page}/presence", doing="looking").json["others"] == "Sari is looking"
    assert post(budi, page, f"{page}/presence", doing="<b>").status_code == 400
    post(budi, page, f"{bench}/presence", doing="looking")
    assert "Budi is looking" in client.page(bench).text
    post(budi, page, f"{page}/presence", doing="gone")
    assert "Budi is" not in client.page(page).text
    with app.app_context():
        for one in db.session.query(Presence):
            one.seen_at = now() - timedelta(minutes=11)
        db.session.commit()
    assert "Budi is" not in client.page(bench).text
    post(client, page, f"{page}/presence", doing="looking")
    with app.app_context():
        assert db.session.query(Presence).count() == 2, "Sari's own of long ago are forgotten."
    assert client.post(f"{page}/presence", data={"doing": "looking"}).status_code == 400, (
        "No token, no change."
    )
