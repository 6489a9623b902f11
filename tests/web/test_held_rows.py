"""What a use case holds or made is not read again; what it does not hold any more is."""

from __future__ import annotations

import psycopg
from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Connection

from app.accounts.models import Person
from app.accounts.people import person_for
from app.conversations.models import Conversation
from app.conversations.open import open_conversation
from app.kernel.database import change_status, db, lock, use_case


class Statements:
    """Counts what is sent to the database."""

    def __init__(self) -> None:
        self.count = 0
        event.listen(db.engine, "before_cursor_execute", self._seen)

    def _seen(self, connection: Connection, *_: object) -> None:
        self.count += 1


def elsewhere(app: Flask, statement: str, *values: object) -> None:
    """Somebody else's transaction, committed."""
    with psycopg.connect(app.extensions["desk_database"].application, autocommit=True) as connection:
        connection.execute(statement.encode(), values)


@use_case
def conversation_of(address: str) -> int:
    """A conversation with a person of this address."""
    person = person_for(address=address, name="Anna", locale="en")
    return open_conversation(person=person, address=address, subject="Papers").id


def test_a_held_row_is_read_once_and_anew_in_the_next_use_case(app: Flask) -> None:
    with app.app_context():
        number = conversation_of("anna@utopia.example")
        statements = Statements()

        @use_case
        def hold_twice() -> str:
            first = lock(Conversation, number)
            before = statements.count
            first.subject = "Changed, not flushed"
            assert lock(Conversation, number) is first and statements.count == before
            assert first.subject == "Changed, not flushed"
            return first.status

        assert hold_twice() == "open"
        elsewhere(app, "UPDATE conversation SET status = 'closed' WHERE id = %s", number)
        assert hold_twice() == "closed"


def test_a_savepoint_that_was_rolled_back_leaves_nothing_held(app: Flask) -> None:
    with app.app_context():
        number = conversation_of("anna@utopia.example")
        statements = Statements()

        @use_case
        def hold_in_vain() -> None:
            savepoint = db.session.begin_nested()
            lock(Conversation, number)
            savepoint.rollback()
            before = statements.count
            lock(Conversation, number)
            assert statements.count == before + 1

        hold_in_vain()


def test_a_status_that_was_changed_is_known_without_reading(app: Flask) -> None:
    with app.app_context():
        number = conversation_of("anna@utopia.example")

        @use_case
        def answer_and_close() -> list[bool]:
            row = lock(Conversation, number)
            done = [
                change_status(Conversation, number, was="closed", becomes="open"),
                change_status(Conversation, number, was="open", becomes="answered"),
            ]
            assert row.status == "answered"
            return [*done, change_status(Conversation, number, was=("open", "answered"), becomes="closed")]

        assert answer_and_close() == [False, True, True]
        assert db.session.get_one(Conversation, number).status == "closed"


def test_a_status_that_somebody_else_changed_is_not_overwritten(app: Flask) -> None:
    with app.app_context():
        number = conversation_of("anna@utopia.example")
        row = db.session.get_one(Conversation, number)
        assert row.status == "open"
        elsewhere(app, "UPDATE conversation SET status = 'closed' WHERE id = %s", number)

        @use_case
        def answer() -> bool:
            return change_status(Conversation, number, was="open", becomes="answered")

        assert not answer()
        assert db.session.get_one(Conversation, number).status == "closed"


def test_what_a_use_case_made_itself_it_holds(app: Flask) -> None:
    with app.app_context():
        statements = Statements()

        @use_case
        def make_and_hold() -> None:
            person = person_for(address="anna@utopia.example", name="Anna", locale="en")
            made = open_conversation(person=person, address="anna@utopia.example", subject="Papers")
            before = statements.count
            assert lock(Conversation, made.id) is made and statements.count == before
            # The person was inserted past the session: it is read and held as any other.
            assert lock(Person, person.id) is person and statements.count == before + 1

        make_and_hold()
