"""Macros: the ones a desk begins with, written and edited by its agents, inserted in the person's language."""

from __future__ import annotations

from flask import Flask

from app.conversations.models import Conversation
from app.kernel.database import db
from app.knowledge.models import Macro
from app.knowledge.seed import seed, starters
from tests.factories.conversations import talking
from tests.factories.dossiers import new_dossier, with_document
from tests.fixtures.pages import InspectingClient
from tests.fixtures.people import SignIn
from tests.web.test_conversation_notes import post

EVIL = "<script>alert(1)</script>"
MACROS = "/desk/macros/"


def test_seeding_again_changes_nothing_and_edited_ones_stay(
    app: Flask, client: InspectingClient, sign_in: SignIn
) -> None:
    runner = app.test_cli_runner()
    assert f"{len(starters())} macros" in runner.invoke(args=["knowledge", "seed"]).output
    assert "0 macros" in runner.invoke(args=["knowledge", "seed"]).output
    sign_in(client, "agent")
    with app.app_context():
        edited, older = db.session.query(Macro).order_by(Macro.id).limit(2)
        ids = edited.id, older.id
    client.submit(f"{MACROS}{ids[0]}", title="Our own words", text_en="Hi {{first_name}}")
    with app.app_context():
        # As if an earlier release had said something else, which nobody has touched.
        db.session.delete(db.session.get_one(Macro, ids[1]))
        db.session.commit()
        assert seed() == 1 and seed() == 0
        assert db.session.get_one(Macro, ids[0]).title == "Our own words"
        assert db.session.query(Macro).count() == len(starters())


def test_a_macro_is_written_edited_and_put_away(
    app: Flask, client: InspectingClient, sign_in: SignIn
) -> None:
    sign_in(client, "supervisor")
    words = {"title": EVIL, "text_en": "Dear {{first_name}}", "text_id": "Yth. {{first_name}}"}
    refused = client.submit(f"{MACROS}new", **{**words, "text_en": "{{password}} please"})
    assert refused.status_code == 400 and "{{password}} please" in refused.text
    assert client.submit(f"{MACROS}new", **words).status_code == 302
    html = client.get(MACROS).text
    assert EVIL not in html and "&lt;script&gt;" in html
    with app.app_context():
        page = f"{MACROS}{db.session.query(Macro).one().id}"
        conversation_page = f"/desk/conversations/{talking(new_dossier()).reference}"
    assert EVIL not in client.get(conversation_page).text
    stale = client.page(page).form(page)
    assert client.submit(page, title="Greeting").status_code == 302
    refused = client.send(stale, page, title="Mine")
    assert refused.status_code == 409 and "Mine" in refused.text
    client.submit(MACROS, f"{page}/retire")
    assert "Greeting" not in client.page(conversation_page).text
    client.submit(MACROS, f"{page}/back")
    assert "Greeting" in client.page(conversation_page).text


def test_a_macro_is_filled_in_the_language_of_the_letter_and_counted(
    app: Flask, client: InspectingClient, sign_in: SignIn
) -> None:
    sign_in(client, "agent", name="Sari")
    with app.app_context():
        dossier = new_dossier(name="Anna <i>{{my_name}}</i>")
        with_document(dossier, "passport")
        page = f"/desk/conversations/{talking(dossier).reference}"
        text = "{{name}} {{dossier}} {{my_name}}:\n{{missing}}"
        macro = Macro(title="M", text_en=text, text_id=f"Yth. {text}")
        db.session.add(macro)
        db.session.commit()
        macro_id, reference = macro.id, dossier.reference
    filled = post(client, page, f"{page}/macro", macro=macro_id, language="id").json["text"]
    assert filled.startswith(f"Yth. Anna <i>{{ {{my_name}} }}</i> {reference} Sari:\n- KITAS\n- ")
    english = post(client, page, f"{page}/macro", macro=macro_id, language="en").json["text"]
    assert "- HR letter" in english and "HR letter" not in filled
    for wrong in ({"macro": "0"}, {"macro": "x"}, {"macro": macro_id, "language": "xx"}):
        assert post(client, page, f"{page}/macro", **{"language": "en", **wrong}).status_code in (400, 404)
    with app.app_context():
        assert db.session.get_one(Macro, macro_id).uses == 2


def test_an_answer_with_an_open_placeholder_does_not_leave(
    app: Flask, client: InspectingClient, sign_in: SignIn
) -> None:
    sign_in(client, "agent")
    with app.app_context():
        page = f"/desk/conversations/{talking(new_dossier()).reference}"
    refused = client.submit(page, f"{page}/reply", body="Dear {{first_name}}", kind="reply")
    assert (
        refused.status_code == 400 and "placeholder" in refused.text and "Dear {{first_name}}" in refused.text
    )
    with app.app_context():
        assert db.session.query(Conversation).one().status == "open"
