"""The trail: sealed in order, append-only for the application, and every kind of tampering found and placed."""

from __future__ import annotations

import threading
from collections.abc import Callable

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import ProgrammingError

from app.audit import heads
from app.audit.chain import GENESIS, seal_digest
from app.audit.models import TrailEntry, TrailSeal
from app.audit.record import record
from app.audit.seal import seal
from app.audit.verify import Report, verify
from app.desk.trail_words import VERBS
from app.dossiers.lifecycle import TRANSITIONS
from app.dossiers.notes import add_note
from app.gateways.embedded_postgres import Urls
from app.kernel.actors import SYSTEM
from app.kernel.database import db, use_case
from app.staff.models import StaffMember
from config import Settings
from tests.factories import dossiers
from tests.factories.staff import actor_of, staff_member
from tests.fixtures.database import libpq
from tests.fixtures.pages import InspectingClient, page_of
from tests.fixtures.people import SignIn

Tamper = Callable[[str], None]


@use_case
def act(member_id: int, reason: str | None) -> None:
    record("staff.test", actor=SYSTEM, subject=db.session.get_one(StaffMember, member_id), reason=reason)


@pytest.fixture
def sealed(app: Flask) -> int:
    """Ten acts beside those of making a staff member, all sealed; the number of seals."""
    member = staff_member(app)
    with app.app_context():
        for number in range(10):
            act(member.id, f"act {number}")
        seal()
        return db.session.scalars(select(TrailSeal.id).order_by(TrailSeal.id.desc())).first() or 0


@pytest.fixture
def tamper(database: Urls) -> Tamper:
    """Do what only the owner role can."""

    def run(statement: str) -> None:
        with psycopg.connect(libpq(database.owner), autocommit=True) as connection:
            connection.execute(statement.encode())

    return run


def proved(app: Flask) -> Report:
    settings: Settings = app.extensions["desk_settings"]
    with app.app_context():
        return verify(settings.trail_dir, settings.trail_key)


def test_a_whole_record_holds_and_what_was_just_written_waits(app: Flask, sealed: int) -> None:
    report = proved(app)
    assert report.problems == [] and report.sealed == sealed and report.waiting == 0
    member = staff_member(app)
    with app.app_context():
        act(member.id, "later")
    report = proved(app)
    assert report.problems == [] and report.waiting > 0
    with app.app_context():
        assert seal() == report.waiting and seal() == 0
    assert proved(app).waiting == 0


def test_seals_are_gapless_and_many_writers_and_sealers_at_once_do_not_harm(app: Flask, sealed: int) -> None:
    member = staff_member(app)

    def write() -> None:
        for number in range(8):
            with app.app_context():
                act(member.id, f"parallel {number}")
                seal()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        seal()
        numbers = db.session.scalars(select(TrailSeal.id).order_by(TrailSeal.id)).all()
    assert list(numbers) == list(range(1, len(numbers) + 1))
    assert proved(app).problems == []


FIFTH = "(SELECT entry_id FROM trail_seal WHERE id = 5)"
SWAP = """
    UPDATE trail_seal SET entry_id = -entry_id WHERE id IN (5, 6);
    UPDATE trail_seal a SET entry_id = (SELECT -entry_id FROM trail_seal b WHERE b.id = 11 - a.id) WHERE id IN (5, 6)
"""


@pytest.mark.parametrize(
    "statements",
    [
        f"UPDATE trail_entry SET verb = 'staff.other' WHERE id = {FIFTH}",
        f"UPDATE trail_entry SET actor_id = 7 WHERE id = {FIFTH}",
        f"UPDATE trail_entry SET at = at + interval '1 second' WHERE id = {FIFTH}",
        f'UPDATE trail_detail SET content = \'{{"reason": "nicer"}}\' WHERE entry_id = {FIFTH}',
        "UPDATE trail_seal SET digest = sha256('x') WHERE id = 5",
        SWAP,
    ],
    ids=["verb", "actor", "time", "detail", "digest", "two entries change places"],
)
def test_a_change_is_found_and_placed(app: Flask, sealed: int, tamper: Tamper, statements: str) -> None:
    tamper("ALTER TABLE trail_seal DROP CONSTRAINT fk_trail_seal_entry_id")
    for statement in statements.split(";"):
        tamper(statement)
    assert any("(seal 5) was changed" in problem for problem in proved(app).problems), proved(app).problems


def remove(tamper: Tamper, number: int, *, with_seal: bool) -> None:
    tamper("ALTER TABLE trail_seal DROP CONSTRAINT IF EXISTS fk_trail_seal_entry_id")
    entry = f"(SELECT entry_id FROM trail_seal WHERE id = {number})"
    tamper(f"DELETE FROM trail_detail WHERE entry_id = {entry}")
    tamper(f"DELETE FROM trail_entry WHERE id = {entry}")
    if with_seal:
        tamper(f"DELETE FROM trail_seal WHERE id = {number}")


def test_a_removal_in_the_middle_is_found(app: Flask, sealed: int, tamper: Tamper) -> None:
    remove(tamper, 5, with_seal=False)
    assert any("(seal 5) was removed" in problem for problem in proved(app).problems)


def test_a_removal_in_the_middle_with_its_seal_is_found(app: Flask, sealed: int, tamper: Tamper) -> None:
    remove(tamper, 5, with_seal=True)
    problems = proved(app).problems
    assert "Seals 5 to 5 were removed." in problems
    assert any(problem.startswith("Seal 6 does not follow") for problem in problems)


def test_a_removal_at_the_end_with_its_seals_is_found_by_the_signed_head(
    app: Flask, sealed: int, tamper: Tamper
) -> None:
    remove(tamper, sealed, with_seal=True)
    remove(tamper, sealed - 1, with_seal=True)
    assert f"Seals {sealed - 1} to {sealed} were removed from the end." in proved(app).problems


def test_an_entry_slipped_past_the_sealer_is_found(app: Flask, sealed: int, tamper: Tamper) -> None:
    tamper(
        "INSERT INTO trail_entry (at, actor_kind, verb, subject_type, subject_id) "
        "VALUES (now(), 'staff', 'dossier.approve', 'dossier', 1)"
    )
    assert any("was inserted past the sealer" in problem for problem in proved(app).problems)


def test_a_detail_put_beside_an_entry_that_has_none_is_found(app: Flask, sealed: int, tamper: Tamper) -> None:
    with app.app_context():
        act(db.session.scalars(select(StaffMember.id)).first() or 0, None)
        seal()
        bare = db.session.scalars(select(TrailEntry.id).where(TrailEntry.detail_digest.is_(None))).one()
    tamper(f"INSERT INTO trail_detail (entry_id, salt, content) VALUES ({bare}, 'salt', '{{}}')")
    assert any("A detail was inserted" in problem for problem in proved(app).problems)


def test_a_chain_computed_anew_is_found_by_the_signed_head(app: Flask, sealed: int, tamper: Tamper) -> None:
    """Whoever can write to the database can compute a chain that fits; only the signature outside stops them."""
    tamper(
        "UPDATE trail_entry SET verb = 'staff.nicer' WHERE id = (SELECT entry_id FROM trail_seal WHERE id = 5)"
    )
    with app.app_context():
        entries = db.session.scalars(
            select(TrailEntry).join(TrailSeal, TrailSeal.entry_id == TrailEntry.id).order_by(TrailSeal.id)
        ).all()
        previous = GENESIS
        for number, entry in enumerate(entries, start=1):
            digest = seal_digest(number, previous, entry)
            tamper(
                f"UPDATE trail_seal SET previous = '\\x{previous.hex()}', digest = '\\x{digest.hex()}' WHERE id = {number}"
            )
            previous = digest
    assert proved(app).problems == [f"Seal {sealed} is not the one that was signed."]


def test_reordered_seals_are_found(app: Flask, sealed: int, tamper: Tamper) -> None:
    tamper("UPDATE trail_seal SET id = -5 WHERE id = 5")
    tamper("UPDATE trail_seal SET id = 5 WHERE id = 6")
    tamper("UPDATE trail_seal SET id = 6 WHERE id = -5")
    problems = proved(app).problems
    assert any(problem.startswith("Seal 5 does not follow") for problem in problems)


def test_a_forged_head_is_found(app: Flask, settings: Settings, sealed: int) -> None:
    file = settings.trail_dir / heads.NAME
    good = file.read_text()
    file.write_text(
        good + good.splitlines()[-1].replace(f'"number": {sealed}', f'"number": {sealed + 5}') + "\n"
    )
    assert proved(app).problems == [f"Line {len(good.splitlines()) + 1} of the signed heads is not ours."]


def test_an_erased_detail_is_counted_and_is_no_problem(app: Flask, sealed: int, tamper: Tamper) -> None:
    tamper("DELETE FROM trail_detail WHERE entry_id = (SELECT entry_id FROM trail_seal WHERE id = 5)")
    report = proved(app)
    assert report.problems == [] and report.erased == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trail_entry SET verb = 'x'",
        "DELETE FROM trail_entry",
        "TRUNCATE trail_entry CASCADE",
        "UPDATE trail_seal SET digest = 'x'",
        "DELETE FROM trail_seal",
        "UPDATE trail_detail SET content = '{}'",
    ],
)
def test_the_application_cannot_rewrite_the_record(app: Flask, sealed: int, statement: str) -> None:
    with app.app_context(), pytest.raises(ProgrammingError, match="permission denied"):
        db.session.execute(db.text(statement))


def test_the_page_shows_the_newest_first_with_reason_and_seal(
    app: Flask, client: InspectingClient, sign_in: SignIn
) -> None:
    auditor = sign_in(client, "auditor", name="Rahayu Auditor")
    agent = actor_of(staff_member(app, name="Sari Agent"))
    with app.app_context():
        dossier = dossiers.new_dossier()
        add_note(dossier.id, text="Called back", actor=agent)
        seal()
        reference = dossier.reference
    page = client.page("/desk/trail/")
    assert page.text.index("Note written") < page.text.index("Dossier opened") < page.text.index("Signed in")
    assert "Sari Agent" in page.text and reference in page.text and auditor.name in page.text
    answer = client.submit("/desk/trail/", "/desk/trail/filter", dossier=reference.lower(), family="dossier")
    assert answer.status_code == 302 and reference not in answer.location
    found = client.page(answer.location)
    assert "Note written" in found.text and "Signed in" not in found.text


def test_the_page_pages_by_keyset(app: Flask, client: InspectingClient, sign_in: SignIn, sealed: int) -> None:
    member = sign_in(client, "auditor")
    with app.app_context():
        for number in range(60):
            act(member.id, f"row {number}")
    first = client.get("/desk/trail/").get_data(as_text=True)
    assert "row 59" in first and "row 0<" not in first
    older = first.partition('href="/desk/trail/?before=')[2].partition('"')[0]
    second = client.get(f"/desk/trail/?before={older}").get_data(as_text=True)
    assert "row 0" in second and "row 59" not in second


@pytest.mark.parametrize(
    "query", ["before=x", "before=99999999999999999999", "dossier=-1", "staff=x", "since=9999-12-31"]
)
def test_a_forged_address_is_no_error(
    app: Flask, client: InspectingClient, sign_in: SignIn, query: str
) -> None:
    sign_in(client, "auditor")
    assert client.get(f"/desk/trail/?{query}").status_code == 200


def test_verify_now_says_that_it_holds_and_later_where_it_does_not(
    app: Flask, client: InspectingClient, sign_in: SignIn, sealed: int, tamper: Tamper
) -> None:
    sign_in(client, "auditor")
    assert "The record holds." in page_of(client.submit("/desk/trail/", "/desk/trail/verify")).text
    tamper("UPDATE trail_entry SET verb = 'x' WHERE id = (SELECT entry_id FROM trail_seal WHERE id = 5)")
    text = page_of(client.submit("/desk/trail/", "/desk/trail/verify")).text
    assert "The record does not hold." in text and "(seal 5) was changed" in text


def test_a_long_record_is_left_to_the_command(
    app: Flask, client: InspectingClient, sign_in: SignIn, sealed: int, tamper: Tamper
) -> None:
    sign_in(client, "auditor")
    tamper("SELECT setval('trail_entry_id_seq', 30000)")
    with app.app_context():
        act(db.session.scalars(select(StaffMember.id)).first() or 0, "the 30001st")
    text = page_of(client.submit("/desk/trail/", "/desk/trail/verify")).text
    assert "flask trail verify" in text and "The record holds." not in text


@pytest.mark.parametrize("role", ["agent", "supervisor", "administrator"])
def test_the_page_is_for_auditors(client: InspectingClient, sign_in: SignIn, role: str) -> None:
    sign_in(client, role)
    assert client.get("/desk/trail/").status_code == 403


def test_every_transition_has_words() -> None:
    assert {f"dossier.{name}" for name in TRANSITIONS} <= set(VERBS), (
        "Add the verb to app/desk/trail_words.py."
    )


def test_the_command_says_where(app: Flask, sealed: int, tamper: Tamper) -> None:
    runner = app.test_cli_runner()
    good = runner.invoke(args=["trail", "verify"])
    assert good.exit_code == 0 and "The record holds." in good.output
    remove(tamper, sealed, with_seal=True)
    bad = runner.invoke(args=["trail", "verify"])
    assert bad.exit_code == 1 and "removed from the end" in bad.output


def test_a_head_cut_off_by_a_full_disk_takes_no_other_with_it(
    app: Flask, sealed: int, settings: Settings
) -> None:
    file = settings.trail_dir / heads.NAME
    file.write_text(file.read_text() + file.read_text()[:40])
    with app.app_context():
        act(1, "after the disk was full")
        seal()

    report = proved(app)

    assert not report.problems
    assert heads.last_number(settings.trail_dir, settings.trail_key) == sealed + 1
