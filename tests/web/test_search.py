"""Search finds each kind of thing by what is known of it, and no address ever says what was looked for."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.certificates.models import Certificate
from app.conversations import lifecycle
from app.conversations.models import Conversation, Message
from app.conversations.reading import Attachment as ReadAttachment
from app.conversations.receive import add_attachments
from app.conversations.take import take
from app.desk.models import SavedSearch
from app.desk.saved_searches import save_search
from app.desk.search_page import PAGE
from app.dossiers.models import Dossier
from app.dossiers.notes import add_note
from app.kernel.database import db, use_case
from app.kernel.full_text.due import CHUNK
from app.kernel.full_text.entries import note
from config import Settings
from tests.factories import conversations as talk
from tests.factories import dossiers as make
from tests.factories.accounts import Cast, approved, found_authority, with_key
from tests.factories.mails import mail, take_in
from tests.factories.searching import found, said
from tests.factories.staff import actor_of
from tests.fixtures.desk import RunJobs
from tests.fixtures.pages import InspectingClient
from tests.fixtures.people import People, SignIn

SEARCH = "/desk/search/"
# What a person may type who looks for the dossier below.
KNOWN_BY = [
    "{reference}",
    " {lower} ",
    "anna@utopia.example",
    "ANNA@Utopia.example",
    "+62 812 3456 7890",
    "0812-3456-7890",
    "L898902C3",
    "l898902c3",
    "2C21JE0912-K",
    "Anna Maria Eriksson",
    "eriksson",
    "Eriksson Anna Maria",
    "Anna Eriksson",
]


@pytest.fixture
def dossier(app: Flask, people: People) -> Dossier:
    """A dossier with complete data: Anna Maria Eriksson of Utopia."""
    agent = actor_of(people.agent())
    with app.app_context():
        found = make.reviewed(agent, email="anna@utopia.example")
        db.session.refresh(found)
        db.session.expunge(found)
        return found


def look_for(client: InspectingClient, terms: str) -> str:
    """Search from home's box; the address that the answer leads to."""
    answer = client.submit("/desk/", SEARCH, query=terms)
    assert answer.status_code == 302
    return answer.location


def test_one_dossier_is_opened_at_once(client: InspectingClient, sign_in: SignIn, dossier: Dossier) -> None:
    sign_in(client, "agent")
    for terms in KNOWN_BY:
        filled = terms.format(reference=dossier.reference, lower=dossier.reference.lower())
        assert look_for(client, filled) == f"/desk/workbench/{dossier.reference}", terms


def test_several_hits_have_an_opaque_address(
    app: Flask, client: InspectingClient, sign_in: SignIn, dossier: Dossier
) -> None:
    sign_in(client, "agent")
    with app.app_context():
        talk.talking(db.session.get_one(Dossier, dossier.id))

    address = look_for(client, "anna@utopia.example")

    assert address.startswith(SEARCH)
    assert "anna" not in address.lower()
    page = client.get(address).text
    assert dossier.reference in page
    assert "/desk/conversations/C-" in page


def test_a_conversation_by_its_reference(
    app: Flask, client: InspectingClient, sign_in: SignIn, dossier: Dossier
) -> None:
    sign_in(client, "agent")
    with app.app_context():
        reference = talk.talking(db.session.get_one(Dossier, dossier.id)).reference

    assert look_for(client, reference) == f"/desk/conversations/{reference}"


def test_nothing_found_is_said(client: InspectingClient, sign_in: SignIn, dossier: Dossier) -> None:
    sign_in(client, "agent")

    for terms in ("Nobody At All", "%", "_", "' OR 1=1 --", "x" * 500):
        assert "Nothing found" in client.get(look_for(client, terms)).text


def test_an_empty_search_asks_what_for(client: InspectingClient, sign_in: SignIn) -> None:
    sign_in(client, "agent")

    assert "What are you looking for?" in client.submit("/desk/", SEARCH, query="  ").text


def test_somebody_elses_search_is_not_there(app: Flask, client: InspectingClient, sign_in: SignIn) -> None:
    sign_in(client, "agent")
    address = look_for(client, "Nobody At All")
    colleague = app.test_client()
    assert isinstance(colleague, InspectingClient)
    sign_in(colleague, "supervisor")

    assert colleague.get(address).status_code == 404
    assert client.get(f"{SEARCH}no-such-code").status_code == 404


def test_an_auditor_finds_no_conversations(
    app: Flask, client: InspectingClient, sign_in: SignIn, dossier: Dossier
) -> None:
    sign_in(client, "auditor")
    with app.app_context():
        talk.talking(db.session.get_one(Dossier, dossier.id))

    assert look_for(client, "anna@utopia.example") == f"/desk/workbench/{dossier.reference}"


def test_an_administrator_finds_nobody(client: InspectingClient, sign_in: SignIn) -> None:
    sign_in(client, "administrator")
    form = client.page("/desk/").form("/sign-out")
    form.action = SEARCH

    assert client.send(form, "/desk/", query="Anna").status_code == 403


def test_a_forged_search_is_refused_and_not_kept(
    app: Flask, client: InspectingClient, sign_in: SignIn
) -> None:
    sign_in(client, "agent")

    assert client.post(SEARCH, data={"query": "Anna"}).status_code == 400
    with app.app_context():
        assert db.session.query(SavedSearch).count() == 0


def search_page(client: InspectingClient, terms: str, *changes: str, **dates: str) -> tuple[str, str]:
    """Search, press chips one after the other; the last address and its page."""
    address = look_for(client, terms)
    for change in changes:
        answer = client.submit(address, f"{address}/narrow", change=change, **dates)
        assert answer.status_code == 302, answer.text
        address = answer.location
    return address, client.get(address).text


def test_hits_are_marked_and_what_people_wrote_stays_text(
    app: Flask, client: InspectingClient, sign_in: SignIn
) -> None:
    sign_in(client, "agent")
    with app.app_context():
        said("<mark>Never</mark> a <b>vermilion</b> <script>alert(1)</script>", name="<i>Anna</i>")
        said("Another vermilion one")

    _address, page = search_page(client, "vermilion")

    assert "&lt;b&gt;<mark>vermilion</mark>&lt;/b&gt;" in page
    assert "&lt;mark&gt;Never&lt;/mark&gt;" in page and "&lt;i&gt;Anna&lt;/i&gt;" in page
    assert "<script>alert" not in page and page.count("<mark>") == 2


def test_the_sender_is_shown_with_what_our_server_says_of_it(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs
) -> None:
    sign_in(client, "agent")
    with app.app_context():
        take_in(mail(text="The vermilion stamp"))
        take_in(mail("Eve <eve@utopia.example>", text="A vermilion seal", verified=False))
        run_jobs()

    _address, page = search_page(client, "vermilion")

    assert page.count("anna@utopia.example") and page.count("eve@utopia.example")
    assert ">sender verified<" in page and ">sender not verified<" in page


def test_chips_narrow_a_search_without_naming_anybody(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs
) -> None:
    agent = actor_of(sign_in(client, "agent"))
    with app.app_context():
        plain, filed = said("vermilion one", name="Budi"), said("vermilion two", name="Citra")
        older, closed = said("vermilion three", name="Dewi"), said("vermilion four", name="Eka")
        take(filed.id, actor=agent)
        lifecycle.close(closed, actor=agent)
        _attach(filed.messages[0])
        _age(older.messages[0])
        names = {one.reference: one.person.name for one in (plain, filed, older, closed)}

    def seen(*changes: str, **dates: str) -> set[str]:
        address, page = search_page(client, "vermilion", "kind:conversations", *changes, **dates)
        assert "vermilion" not in address
        return {name for reference, name in names.items() if reference in page}

    assert seen() == {"Budi", "Citra", "Dewi", "Eka"}
    assert seen("open") == {"Budi", "Citra", "Dewi"}
    assert seen("mine") == seen("attached") == seen("open", "mine") == {"Citra"}
    assert seen("days:30") == {"Budi", "Citra", "Eka"}
    assert seen("days:30", "days:30") == seen("mine", "none") == seen()
    assert seen("dates", since="2020-01-01", until="2020-12-31") == {"Dewi"}
    assert seen("kind:dossiers") == set()


@use_case
def _attach(message: Message) -> None:
    content = b"a letter of the employer"
    file = ReadAttachment(
        filename="letter.txt", media_type="text/plain", content=content, sha256="", inline=False
    )
    add_attachments(db.session.get_one(Message, message.id), [file])


@use_case
def _age(message: Message) -> None:
    row = db.session.get_one(Message, message.id)
    row.created_at = datetime(2020, 6, 1, tzinfo=UTC)
    row.subject += " of then"
    conversation = db.session.get_one(Conversation, row.conversation_id)
    conversation.subject = "Something else"


def test_a_chip_that_there_is_not_is_refused(client: InspectingClient, sign_in: SignIn) -> None:
    sign_in(client, "agent")
    address = look_for(client, "Nobody At All")

    for change in ("", "kind:staff", "days:8", "dates:x", "since", "__class__", "open:1"):
        answer = client.submit(address, f"{address}/narrow", change=change)
        assert answer.status_code == 400, change


def test_a_date_that_is_none_is_refused(client: InspectingClient, sign_in: SignIn) -> None:
    sign_in(client, "agent")
    address = look_for(client, "Nobody At All")

    for since in ("yesterday", "2026-02-30", "0001-01-01", "9999-12-31"):
        answer = client.submit(address, f"{address}/narrow", change="dates", since=since)
        assert answer.status_code == 400 and "This is not a date." in answer.text


def test_a_long_result_goes_on_by_place(app: Flask, client: InspectingClient, sign_in: SignIn) -> None:
    sign_in(client, "agent")
    with app.app_context():
        references = {said(f"vermilion {number}").reference for number in range(PAGE + 3)}

    address, page = search_page(client, "vermilion", "kind:conversations")
    first = {one for one in references if one in page}
    older = re.search(r'href="([^"]+after=[^"]+)"', page)
    assert older
    assert re.fullmatch(rf"{re.escape(address)}\?after=\d+-\d+-\d+", older[1])
    with app.app_context():
        said("vermilion, come in meanwhile")
    second = client.get(older[1]).text

    rest = {one for one in references if one in second}
    assert (len(first), len(rest), first & rest, first | rest) == (PAGE, 3, set(), references)
    assert "after=" not in second
    for forged in ("x", "1", "1-2", "1-2-3-4", "99999999999999999-1-1", "1-1-99999", "-1-2-3"):
        assert client.get(f"{address}?after={forged}").status_code in (200, 404)


def test_while_somebody_types(
    app: Flask, client: InspectingClient, sign_in: SignIn, dossier: Dossier
) -> None:
    sign_in(client, "agent")
    with app.app_context():
        said("The vermilion stamp of Eriksson", name="Budi")

    def suggested(terms: str) -> dict[str, list[str]]:
        form = client.page("/desk/").form(SEARCH)
        form.action = f"{SEARCH}suggest"
        groups = client.send(form, "/desk/", query=terms).json["groups"]
        return {group["title"]: [row["url"] for row in group["rows"]] for group in groups}

    found = suggested("eriks")
    assert found["Dossiers"] == [f"/desk/workbench/{dossier.reference}"]
    assert found["Conversations"][0].startswith("/desk/conversations/C-")
    assert found["Conversations"][0].endswith("#message-1")
    assert list(suggested("vermil")) == ["Conversations"]
    assert suggested("") == suggested("%") == {}
    assert client.post(f"{SEARCH}suggest", data={"query": "eriks"}).status_code == 400
    with app.app_context():
        assert db.session.query(SavedSearch).count() == 0


def test_each_role_finds_what_it_may_read(
    app: Flask, client: InspectingClient, sign_in: SignIn, people: People
) -> None:
    agent = actor_of(people.agent())
    with app.app_context():
        account = approved(Cast.of(app), email="vermilion@utopia.example")
        talk.talking(db.session.get_one(Dossier, account.dossier_id), "A vermilion stamp")
        add_note(account.dossier_id, text="Sounded vermilion", actor=agent)
        working = set(found("vermilion", actor=actor_of(people.supervisor())))
        reading = set(found("vermilion", actor=actor_of(people.auditor())))

    assert working == {"dossiers", "accounts", "conversations", "notes", "people"}
    assert reading == {"dossiers", "accounts", "notes"}
    sign_in(client, "auditor")
    address, page = search_page(client, "vermilion")
    assert "A <mark>vermilion</mark> stamp" not in page and "/desk/conversations/" not in page
    assert client.submit(address, f"{address}/narrow", change="kind:conversations").status_code == 400


def test_a_certificate_by_its_serial_number(
    app: Flask, client: InspectingClient, sign_in: SignIn, settings: Settings, run_jobs: RunJobs
) -> None:
    found_authority(settings)
    sign_in(client, "agent")
    with app.app_context():
        account = with_key(Cast.of(app))
        reference = account.reference
        run_jobs()
        serial = db.session.scalars(select(Certificate.serial)).one()

    spelt = ":".join(serial[place : place + 2] for place in range(0, len(serial), 2)).upper()
    assert look_for(client, serial) == look_for(client, spelt) == f"/desk/accounts/{reference}"


def test_searches_of_long_ago_go(app: Flask, client: InspectingClient, sign_in: SignIn) -> None:
    actor = actor_of(sign_in(client, "agent"))
    with app.app_context():
        code = save_search("Anna", actor=actor)
        _make_old(code)

        save_search("Budi", actor=actor)

        assert db.session.scalars(select(SavedSearch.terms)).all() == ["Budi"]


@use_case
def _make_old(code: str) -> None:
    statement = update(SavedSearch).where(SavedSearch.code == code)
    db.session.execute(statement.values(created_at=datetime(2020, 1, 1, tzinfo=UTC)))


def test_a_search_during_the_making_of_the_index_says_so(
    app: Flask, client: InspectingClient, sign_in: SignIn
) -> None:
    sign_in(client, "agent")
    with app.app_context():
        note("message", range(1, CHUNK + 2))

    _address, page = search_page(client, "Nobody")

    assert "The index is being made" in page
