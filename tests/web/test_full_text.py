"""What a search finds, in two languages and every script, and that the index follows whatever is written."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import delete, select, text, update

from app.accounts.models import Person
from app.conversations.models import Conversation, Message
from app.conversations.reply import reply
from app.dossiers.edit import edit_applicant
from app.dossiers.models import Dossier, Note
from app.dossiers.notes import add_note
from app.kernel.actors import Actor
from app.kernel.database import db, use_case
from app.kernel.full_text import due
from app.kernel.full_text.asked import asked
from app.kernel.full_text.due import index_due, waiting
from app.kernel.full_text.entries import SearchDue, SearchEntry, forget, note
from app.kernel.full_text.find import find
from app.kernel.full_text.jobs import index_what_waits
from app.kernel.full_text.marks import Marker
from tests.factories import dossiers as make
from tests.factories.mails import mail, take_in
from tests.factories.searching import found, said
from tests.factories.staff import actor_of
from tests.fixtures.desk import RunJobs
from tests.fixtures.people import People

# What somebody wrote, what finds it, and what must not.
SAID = {
    "english": (
        "Dear team, my passports were expiring; the naïve “blue letters” of PT Contoh came yesterday.",
        [
            "passport",
            "passports",
            "expire",
            "EXPIRED",
            '"blue letters"',
            "naive",
            "yester",
            "passport -orange",
        ],
        ['"letters blue"', "passport -contoh", "passportless", "orange"],
    ),
    "indonesian": (
        "Selamat pagi, saya ingin mendaftarkan perusahaan dan memperpanjang izin tinggal. Kami sudah mengirimkan berkasnya.",
        [
            "daftar",
            "pendaftaran",
            "usaha",
            "perpanjangan",
            "yang daftar",
            "kirim",
            "pengiriman",
            "dikirim",
            "izin OR visa",
            "visa OR izin",
        ],
        ["dafter", "izin -perusahaan", "visa"],
    ),
    "names": (
        "José Müller-Weiß and Nguyễn Thị Đào met Øyvind O’Brien and Bu Ma'ruf.",
        [
            "jose",
            "JOSÉ",
            "muller weiss",
            "Müller-Weiß",
            "nguyen dao",
            "oyvind",
            "obrien",
            "O'Brien",
            "maruf",
            "nguy",
        ],
        ["joseph", "mullerin"],
    ),
    "numbers": (
        "My number is 0812-3456-7890, passport X1234567, case AB-12/34, write to Budi.Santoso+tte@contoh.co.id",
        [
            *("+62 812 3456 7890", "081234567890", "6281234567890", "0812 3456", "X1234567", "x12345"),
            *(
                "ab1234",
                "AB-12/34",
                "budi.santoso+tte@contoh.co.id",
                "budi.santoso",
                "contoh.co",
                "santoso",
                "contoh",
            ),
        ],
        ["0812 3456 7891", "X1234568", "budi@contoh.co.id"],
    ),
    "chinese": (
        "我的护照已经过期了，请帮助王小明。",
        ["护照", "王小明", "小明", "过期", "明", '"请帮助"'],
        ["照护", "王明", "李"],
    ),
    "japanese": (
        "パスポートの更新について質問があります。",
        ["パスポート", "更新", "質問"],
        ["新更", "ホテル"],
    ),
    "korean": ("여권을 갱신하고 싶습니다", ["여권", "갱신"], ["권여"]),
    "thai": ("หนังสือเดินทางของฉันหมดอายุแล้ว", ["หนังสือเดินทาง", "หมดอายุ"], ["วีซ่า"]),
    "arabic": ("أحتاج إلى تجديد جواز السفر مُحَمَّد", ["احتاج", "جواز", "محمد", "أحتاج"], ["تأشيرة"]),
    "russian": ("Мой паспорт у Фёдора", ["паспорт", "федор", "Фёдора"], ["виза"]),
}


def indexed(kind: str, subject_id: int) -> bool:
    """Whether a thing has an entry now."""
    wanted = select(SearchEntry.id).where(SearchEntry.kind == kind, SearchEntry.subject_id == subject_id)
    return db.session.scalar(wanted) is not None


@pytest.fixture
def agent(people: People) -> Actor:
    return actor_of(people.agent())


def test_what_is_found_and_what_is_not(app: Flask, agent: Actor) -> None:
    with app.app_context():
        homes = {name: said(text, name=f"Writer {name}").reference for name, (text, _, _) in SAID.items()}
        wrong = [
            f"{terms} {'does not find' if meant else 'finds'} {name}"
            for name, (_text, finds, misses) in SAID.items()
            for terms, meant in [*((one, True) for one in finds), *((one, False) for one in misses)]
            if (homes[name] in found(terms, actor=agent).get("conversations", [])) != meant
        ]

        assert not wrong


def test_no_syntax_is_an_error(app: Flask, agent: Actor) -> None:
    signs = [
        "'",
        "\\",
        '"',
        "&",
        "|",
        "!",
        "(",
        ")",
        "<->",
        ":*",
        "*",
        ":A",
        "-",
        "--",
        "OR",
        "a",
        "b c",
        "%",
        "_",
        "@",
        "=message",
    ]
    hostile = [
        *signs,
        *(f"visa {one}" for one in signs),
        *(f"{one}visa" for one in signs),
        *(f"{a}{b}" for a in signs for b in signs),
    ]
    hostile += [
        "x" * 200,
        "- - -",
        "OR OR visa OR",
        '"" "',
        "-visa",
        "visa' & 'x",
        "0" * 200,
        "1-2-3-4-5-6-7-8-9-0",
        "護" * 200,
        "a\u0301" * 90,
    ]
    with app.app_context():
        home = said("A visa for Anna").reference
        for terms in hostile:
            found(terms, actor=agent)

        assert [asked(one) for one in ("", "a", "%", "-visa", "OR", '""', "' OR 1=1 --")] == [None] * 7
        for terms in ("visa' & 'x", "visa :*", "visa & |", "(visa)", "visa OR", "OR visa"):
            assert found(terms.replace("'x", ""), actor=agent)["conversations"] == [home], terms


def test_hits_are_marked_and_nothing_else(app: Flask) -> None:
    letter = (
        "Hello <mark>you</mark> "
        + "and so on " * 60
        + "my <b>Pässports</b> expired, call 0812-3456-7890 or 王小明 "
        + "etc " * 99
    )
    with app.app_context():
        question = asked("passport 081234567890 小明 hello")
        assert question
        marker = Marker(question, [letter])

        whole, excerpt = marker.whole(letter), marker.excerpt(letter)

    assert "".join(text for text, _hit in whole) == letter
    assert [text for text, hit in whole if hit] == ["Hello", "Pässports", "0812-3456-7890", "小明"]
    assert [text for text, hit in excerpt if hit] == ["Pässports", "0812-3456-7890", "小明"]
    assert excerpt[0] == ("… ", False) and excerpt[-1] == (" …", False)
    assert sum(len(text) for text, _hit in excerpt) < 320


def test_a_mail_that_comes_in_is_found(app: Flask, agent: Actor, run_jobs: RunJobs) -> None:
    with app.app_context():
        take_in(
            mail(
                text="The vermilion stamp is missing.\n\nOn Mon, 1 Jan 2024, Budi wrote:\n> a turquoise one",
                files=("ijazah-magister.jpg",),
            )
        )
        run_jobs()

        for terms in ("vermilion stamps", "turquoise", "ijazah", "anna@utopia.example"):
            assert len(found(terms, actor=agent)["conversations"]) == 1, terms


def test_the_worker_indexes_by_the_clock(app: Flask) -> None:
    with app.app_context():
        said("A visa for Anna")
        assert waiting() > 0

        index_what_waits()

        assert waiting() == 0
        assert {"message", "conversation", "dossier", "person"} == set(
            db.session.scalars(select(SearchEntry.kind))
        )


def test_an_answer_and_a_note_are_found(app: Flask, agent: Actor) -> None:
    with app.app_context():
        home = said("A question")
        reply(home.id, text="Please send the aquamarine form.", actor=agent)
        add_note(home.dossier_id or 0, text="Sounded heliotrope on the phone.", actor=agent)

        assert found("aquamarine", actor=agent) == {"conversations": [home.reference]}
        [dossier] = found("heliotrope", actor=agent)["notes"]
        assert dossier == db.session.get_one(Dossier, home.dossier_id).reference


def test_an_edited_name_is_found_and_the_old_one_is_not(app: Flask, agent: Actor) -> None:
    with app.app_context():
        dossier = make.reviewed(agent, name="Someone")
        assert found("eriksson", actor=agent)["dossiers"] == [dossier.reference]

        edit_applicant(dossier.id, values={"surname": "LINDQVIST"}, actor=agent)

        assert found("lindqvist", actor=agent)["dossiers"] == [dossier.reference]
        assert found("eriksson", actor=agent) == {}


@use_case
def rename(person_id: int, name: str) -> None:
    db.session.execute(update(Person).where(Person.id == person_id).values(name=name))


@use_case
def move(message_id: int, to: int) -> None:
    db.session.execute(update(Message).where(Message.id == message_id).values(conversation_id=to))


@use_case
def erase(conversation: Conversation) -> None:
    key = conversation.id
    db.session.execute(delete(Message).where(Message.conversation_id == key))
    db.session.execute(update(Conversation).where(Conversation.id == key).values(subject="", address=""))
    db.session.execute(update(Person).where(Person.id == conversation.person_id).values(name="", email=None))


def test_the_index_follows_statements_that_no_verb_made(app: Flask, agent: Actor) -> None:
    with app.app_context():
        one, other = said("About the ultramarine seal"), said("About something else")
        rename(one.person_id, "Wilhelmina Vogt")
        assert found("wilhelmina", actor=agent)["conversations"] == [one.reference]

        message = one.messages[0].id
        move(message, other.id)
        assert found("ultramarine", actor=agent)["conversations"] == [other.reference]

        move(message, one.id)
        db.session.refresh(one)
        erase(one)
        assert found("ultramarine", actor=agent) == found("wilhelmina", actor=agent) == {}
        lexemes = select(SearchEntry.words).where(SearchEntry.kind.in_(("message", "conversation", "person")))
        assert not any("ultramarin" in words or "vogt" in words for words in db.session.scalars(lexemes))


def test_what_is_forgotten_is_gone_at_once_and_comes_back_when_noted(app: Flask, agent: Actor) -> None:
    with app.app_context():
        message = said("About the ultramarine seal").messages[0]
        assert found("ultramarine", actor=agent)

        forget("message", [message.id])
        assert not found("ultramarine", actor=agent)

        note("message", [message.id])
        assert found("ultramarine", actor=agent)


def test_what_cannot_be_described_holds_up_nobody(app: Flask, agent: Actor) -> None:
    described = app.extensions["desk_full_text"]["note"]

    def failing(ids: list[int]) -> list[object]:
        if poisoned in ids:
            raise ValueError
        return list(described.describe(ids))

    with app.app_context():
        dossier = make.new_dossier()
        poisoned = add_note(dossier.id, text="heliotrope", actor=agent).id
        sound = add_note(dossier.id, text="aquamarine", actor=agent).id
        due.describe(app, "note", Note, failing)  # type: ignore[arg-type]  # a test's own description
        assert index_due() > 0

        assert waiting() == 0
        assert (indexed("note", poisoned), indexed("note", sound)) == (False, True)


@use_case
def fill(number: int) -> None:
    conversation = said("The first").id
    statement = text(
        "INSERT INTO message (conversation_id, direction, from_name, from_address, sender_verified, known_party, subject, text,"
        " defects, created_at) SELECT :key, 'in', 'Anna', 'anna@utopia.example', false, true, 'Visa',"
        " 'Message ' || n || CASE n % 50 WHEN 0 THEN ' ultramarine' ELSE '' END, '[]', now() - make_interval(mins => n)"
        " FROM generate_series(1, :number) n"
    )
    db.session.execute(statement, {"key": conversation, "number": number})


def rebuilt(app: Flask) -> str:
    result = app.test_cli_runner().invoke(args=["search", "rebuild"])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_index_is_made_anew_in_portions_and_goes_on_where_it_was(app: Flask, agent: Actor) -> None:
    with app.app_context():
        fill(700)
        while index_due():
            pass
        before = dict(
            db.session.execute(
                select(SearchEntry.subject_id, SearchEntry.words).where(SearchEntry.kind == "message")
            ).all()
        )
        empty_index()

    assert "texts indexed" in rebuilt(app)

    with app.app_context():
        after = dict(
            db.session.execute(
                select(SearchEntry.subject_id, SearchEntry.words).where(SearchEntry.kind == "message")
            ).all()
        )
        assert len(before) == 701 and after == before
        due.note_everything()
        index_due(10)
        left = waiting()
        assert left == 701 + 3 - 10, "The messages, and a conversation, a dossier, a person."
    assert "texts indexed" in app.test_cli_runner().invoke(args=["search", "index"]).output
    with app.app_context():
        assert waiting() == 0 and db.session.scalar(select(SearchDue.id)) is None


@use_case
def empty_index() -> None:
    db.session.execute(delete(SearchEntry))
    db.session.execute(
        text(
            "INSERT INTO search_entry (kind, subject_id, at, words) VALUES ('message', 999999, now(), '=message ghost')"
        )
    )


def test_windows_follow_each_other_without_gap_or_repetition(app: Flask) -> None:
    with app.app_context():
        fill(230)
        while index_due():
            pass
        question = asked("anna visa")
        assert question
        seen: list[int] = []
        place = None
        for _ in range(4):
            window = find(question, {"message": lambda wanted: wanted}, before=place, size=60)
            seen += [one.subject_id for one in window.found]
            place = window.rest
        assert place is None and len(seen) == len(set(seen)) == 230


def test_somebody_else_indexing_is_not_waited_for(app: Flask, agent: Actor) -> None:
    with app.app_context():
        said("About the ultramarine seal")
        with db.engine.connect() as other:
            other.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": due.LOCK})
            assert index_due(patiently=False) == 0
            assert found("ultramarine", actor=agent) == {}
        assert index_due() > 0
        assert found("ultramarine", actor=agent)
