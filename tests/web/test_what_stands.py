"""What the database itself refuses the application: rewriting decisions, certificates without one; and whom locks keep."""

from __future__ import annotations

import threading
from typing import cast

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Account
from app.approvals.decide import approve
from app.approvals.models import ApprovalRequest
from app.certificates.issue import intend, issue
from app.certificates.models import Certificate
from app.dossiers import lifecycle
from app.dossiers.close import reject
from app.dossiers.edit import edit_applicant
from app.dossiers.makers import ApproverCannotMake
from app.dossiers.models import Dossier
from app.gateways.embedded_postgres import Urls
from app.kernel.actors import SYSTEM
from app.kernel.database import db, lock, use_case
from app.kernel.errors import Refused
from app.letters.queue import queue_letter
from tests.factories import accounts, conversations, dossiers
from tests.factories.accounts import Cast
from tests.fixtures.database import libpq
from tests.fixtures.desk import RunJobs

REWRITES = (
    "UPDATE approval_request SET dossier_id = dossier_id + 1",
    "UPDATE approval_request SET digest = 'x'",
    "UPDATE approval_request SET submitted_by_id = submitted_by_id + 1",
    "DELETE FROM approval_request",
    "UPDATE certificate SET approval_request_id = 1",
    "UPDATE certificate SET public_key = 'x'",
    "UPDATE certificate SET subject = '{}'",
    "DELETE FROM certificate",
    "UPDATE key_request SET public_key = 'x'",
    "DELETE FROM dossier",
    "DELETE FROM document",
    "DELETE FROM call",
    "DELETE FROM staff_member",
)


@pytest.mark.parametrize("statement", REWRITES)
def test_the_application_may_not(database: Urls, statement: str) -> None:
    with (
        psycopg.connect(libpq(database.application)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())


def test_a_decision_is_made_once_on_a_request_that_waited(app: Flask, database: Urls) -> None:
    with app.app_context():
        cast_ = Cast.of(app)
        request = accounts.pending(accounts.called(cast_))
        decided = db.session.get_one(Account, accounts.approved(cast_).id)
        waiting, approver = request.id, cast_.supervisor.staff_id
        done = db.session.scalar(
            select(ApprovalRequest.id).where(ApprovalRequest.dossier_id == decided.dossier_id)
        )
    statements = (
        f"UPDATE approval_request SET status = 'pending', decided_by_id = NULL WHERE id = {done}",
        f"UPDATE approval_request SET decided_by_id = NULL WHERE id = {done}",
        "INSERT INTO approval_request (dossier_id, status, submitted_by_id, snapshot, digest, expires_at,"
        " decided_by_id, created_at) SELECT dossier_id, 'approved', submitted_by_id, snapshot, digest, expires_at,"
        f" {approver}, now() FROM approval_request WHERE id = {waiting}",
    )
    with psycopg.connect(libpq(database.application), autocommit=True) as connection:
        for statement in statements:
            with pytest.raises(psycopg.errors.CheckViolation) as refusal:
                connection.execute(statement.encode())
            assert refusal.value.diag.constraint_name == "four_eyes"


def test_no_certificate_without_an_approval_of_its_own_dossier(app: Flask, database: Urls) -> None:
    with app.app_context():
        accounts.found_authority(app.extensions["desk_settings"])
        cast_ = Cast.of(app)
        mine, other = accounts.with_key(cast_), accounts.approved(cast_)
        intend(mine.id)
        certificate = db.session.scalars(select(Certificate)).one()
        ids = certificate.id, other.id, accounts.pending(accounts.called(cast_)).id
    copy = (
        "INSERT INTO certificate (account_id, approval_request_id, key_request_id, status, serial, subject,"
        " public_key, not_before, not_after, quota, created_at) SELECT {account}, {approval}, key_request_id,"
        " status, 'f' || serial, subject, public_key, not_before, not_after, quota, now()"
        f" FROM certificate WHERE id = {ids[0]}"
    )
    with psycopg.connect(libpq(database.application), autocommit=True) as connection:
        for account, approval in ((ids[1], "approval_request_id"), ("account_id", ids[2])):
            with pytest.raises(psycopg.errors.CheckViolation) as refusal:
                connection.execute(copy.format(account=account, approval=approval).encode())
            assert refusal.value.diag.constraint_name == "four_eyes"


def test_a_dossier_rejected_after_the_intent_gets_no_signature(app: Flask, run_jobs: RunJobs) -> None:
    with app.app_context():
        accounts.found_authority(app.extensions["desk_settings"])
        cast_ = Cast.of(app)
        account = accounts.with_key(cast_)
        assert intend(account.id) is not None
        reject(account.dossier_id, reason="Withdrawn by the company.", actor=cast_.supervisor)

        issue(account.id)

        assert db.session.scalars(select(Certificate.pem)).all() == [None]


def test_an_approver_who_turns_to_the_work_later_reads_why_not(app: Flask) -> None:
    with app.app_context():
        cast_ = Cast.of(app)
        dossier_id = accounts.approved(cast_).dossier_id
        _lapse(dossier_id)

        with pytest.raises(ApproverCannotMake):
            edit_applicant(dossier_id, values={"company": "PT Lain"}, actor=cast_.supervisor)

        db.session.rollback()
        dossier = db.session.get_one(Dossier, dossier_id)
        assert (dossier.status, dossier.company) == (lifecycle.AWAITING_APPROVAL, "PT Contoh Jaya")


@use_case
def _lapse(dossier_id: int) -> None:
    lifecycle.change(dossier_id, "lapse", actor=SYSTEM)


def test_a_held_dossier_does_not_keep_letters_about_it_waiting(app: Flask) -> None:
    written = threading.Event()
    with app.app_context():
        dossier = dossiers.new_dossier()
        conversations.talking(dossier)
        dossier_id, address = dossier.id, dossier.email
        db.session.remove()

    def write() -> None:
        with app.app_context():
            context = {"subject": "Hello", "text": "Hello."}
            queue_letter(
                "conversations/reply", to=address, locale="en", context=context, dossier_id=dossier_id
            )
            written.set()

    with app.app_context():
        _while_held(dossier_id, write)
    assert written.is_set()


@use_case
def _while_held(dossier_id: int, write: object) -> None:
    lock(Dossier, dossier_id)
    writer = threading.Thread(target=cast("type[threading.Thread]", write), daemon=True)
    writer.start()
    writer.join(timeout=10)


def test_nobody_is_approved_whom_no_call_has_confirmed(app: Flask) -> None:
    with app.app_context():
        cast_ = Cast.of(app)
        request = accounts.pending(dossiers.awaiting_approval(cast_.agent))

        with pytest.raises(Refused):
            approve(request.id, digest=request.digest.hex(), note="Fine.", actor=cast_.supervisor)

        db.session.rollback()
        assert db.session.get_one(ApprovalRequest, request.id).status == "pending"
