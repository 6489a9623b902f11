"""Full-text search over many messages against ILIKE over the same rows, the way without an index.

A database of its own is filled with MESSAGES synthetic messages by SQL and indexed by the real indexer; then each question is
asked in turns as the search page asks it (`find`, with ranking) and by ILIKE. Medians in milliseconds; `ratio` is ILIKE's
median over ours, over all questions. `floor` is one look-up by primary key, what anything costs at least.
Run with `python -m bench.search`, or `python -m bench.search 50000`.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import flask_migrate
from flask import Flask
from sqlalchemy import text

from app import create_app
from app.gateways.embedded_postgres import EmbeddedPostgres
from app.kernel.database import db
from app.kernel.full_text.asked import asked
from app.kernel.full_text.due import index_due, waiting
from app.kernel.full_text.find import find
from config import PROJECT
from tests.fixtures.values import make_settings

MESSAGES = 100_000
ROUNDS = 7
# What is asked, and the pattern that asks it of ILIKE as nearly as it can.
QUESTIONS = {
    "rare word": ("ultramarine", "%ultramarine%"),
    "common word": ("passports", "%passport%"),
    "two words": ("kitas perpanjangan", "%kitas%perpanjang%"),
    "phrase": ('"letter of employment"', "%letter of employment%"),
    "beginning": ("ultram", "%ultram%"),
    "name": ("Nováková 777", "%Nováková 777%"),
    "phone": ("0812 0000 4321", "%+6281200004321%"),
    "nothing": ("heliotrope", "%heliotrope%"),
}
WORDS = """
    passport kitas visa certificate signature document account letter of employment extension memperpanjang izin tinggal
    sertifikat tanda tangan dokumen perusahaan surat mohon bantuan terima kasih please kindly appointment video call schedule
""".split()  # noqa: SIM905  # as a list, one a line, it would hide the rest
FILL = """
INSERT INTO person (key_owner, name, email, locale, created_at)
    SELECT 'person-' || n, 'Jana Nováková ' || n, 'jana' || n || '@utopia.example', 'en', now() - make_interval(mins => n)
    FROM generate_series(1, :people) n;
INSERT INTO conversation (reference, person_id, address, subject, status, last_message_at, created_at)
    SELECT 'C-' || id, id, email, 'Question ' || id, 'answered', created_at, created_at FROM person;
INSERT INTO message (conversation_id, direction, from_name, from_address, sender_verified, known_party, subject, text,
        defects, created_at)
    SELECT c.id, 'in', 'Jana Nováková ' || c.id, c.address, true, true, c.subject, body.text,
        '[]', now() - make_interval(secs => 40 * n)
    FROM generate_series(1, :messages) n JOIN conversation c ON c.id = n % :people + 1
    CROSS JOIN LATERAL (
        SELECT string_agg((CAST(:words AS text[]))[1 + abs(hashint8(n * 61 + k)) % :distinct], ' ')
            || ' call +62812' || lpad(n::text, 8, '0') || CASE WHEN n % 5000 = 0 THEN ' ultramarine' ELSE '' END AS text
        FROM generate_series(1, 40) k
    ) body
"""


def main() -> None:
    """Fill, ask, print one line of JSON."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as folder:
        server = EmbeddedPostgres(Path(folder))
        try:
            app = create_app(make_settings(Path(folder), server.ensure_running()))
            with app.app_context():
                flask_migrate.upgrade(directory=str(PROJECT / "migrations"))
                print(json.dumps({"name": "search", **measured(app, number)}))
                db.session.remove()
                db.engine.dispose()
        finally:
            server.destroy()


def measured(app: Flask, number: int) -> dict[str, object]:
    """The figures of one run."""
    filled(number)
    rate = indexed()
    ours, theirs = [], []
    figures: dict[str, object] = {}
    for name, (terms, pattern) in QUESTIONS.items():
        times = in_turns(lambda terms=terms: search(terms), lambda pattern=pattern: ilike(pattern))
        figures[name] = {"search_ms": round(times[0], 2), "ilike_ms": round(times[1], 2)}
        ours.append(times[0])
        theirs.append(times[1])
    [floor] = in_turns(lambda: db.session.execute(text("SELECT id FROM message WHERE id = 4321")).all())
    return {
        "messages": number,
        "indexed_per_second": round(rate),
        "figures": figures,
        "floor_ms": round(floor, 2),
        "median_ms": round(median(ours), 2),
        "over_floor": round(median(ours) / floor, 1),
        "ratio": round(median(theirs) / median(ours), 1),
    }


def filled(number: int) -> None:
    """Persons, conversations and messages, straight into the tables; the triggers note them all."""
    values = {"people": max(1, number // 5), "messages": number, "words": WORDS, "distinct": len(WORDS)}
    for statement in FILL.split(";\n"):
        db.session.execute(text(statement), values)
    db.session.commit()


def indexed() -> float:
    """Index everything with the real indexer; entries a second."""
    total, start = waiting(), time.perf_counter()
    while index_due(1000):
        pass
    rate = total / (time.perf_counter() - start)
    db.session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE message"))
    return rate


def search(terms: str) -> int:
    """What the search page does for one group: read the question, find, rank."""
    question = asked(terms)
    assert question is not None
    return len(find(question, {"message": lambda wanted: wanted}).found)


def ilike(pattern: str) -> int:
    """The newest matches without an index of words."""
    matches = "text ILIKE :p OR from_name ILIKE :p OR subject ILIKE :p"
    statement = f"SELECT id FROM message WHERE {matches} ORDER BY created_at DESC LIMIT 300"
    return len(db.session.execute(text(statement), {"p": pattern}).all())


def in_turns(*sides: Callable[[], object]) -> list[float]:
    """The median milliseconds of each side, taken in turns so that a busy moment hits all of them."""
    times: list[list[float]] = [[] for _ in sides]
    for _ in range(ROUNDS):
        for side, taken in zip(sides, times, strict=True):
            start = time.perf_counter()
            side()
            taken.append((time.perf_counter() - start) * 1000)
            db.session.rollback()
    return [median(taken) for taken in times]


if __name__ == "__main__":
    main()
