"""An approval that led to no certificate in time lapses; a supervisor decides again, on what is true then."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from app.approvals.decide import approve
from app.approvals.models import ApprovalRequest
from app.approvals.submit import pending_request, submit_again
from app.certificates.find import certificates_of
from app.certificates.issue import intend, issue
from app.certificates.lapse import lapse_approvals
from app.dossiers.models import Dossier
from app.kernel.database import db, fetch
from config import Settings
from tests.factories.accounts import Cast, found_authority, with_key

PAST = timedelta(days=31)


@pytest.fixture
def cast(app: Flask, settings: Settings) -> Cast:
    found_authority(settings)
    return Cast.of(app)


def grow_old(dossier_id: int) -> None:
    """Let a month pass for this dossier's approval."""
    decided, since = ApprovalRequest.decided_at, Dossier.status_since
    mine = ApprovalRequest.dossier_id == dossier_id
    db.session.execute(update(ApprovalRequest).where(mine).values(decided_at=decided - PAST))
    db.session.execute(update(Dossier).where(Dossier.id == dossier_id).values(status_since=since - PAST))
    db.session.commit()
    db.session.expire_all()


def test_a_fresh_approval_stays(app: Flask, cast: Cast) -> None:
    with app.app_context():
        account = with_key(cast)
        assert lapse_approvals() == 0
        assert fetch(Dossier, account.dossier_id).status == "approved"


def test_an_old_one_lapses_and_is_decided_again(app: Flask, cast: Cast) -> None:
    with app.app_context():
        account = with_key(cast)
        grow_old(account.dossier_id)
        issue(account.id)
        assert certificates_of(account.id) == [], "the gate is closed before the clock comes round"
        assert lapse_approvals() == 1
        assert lapse_approvals() == 0
        assert fetch(Dossier, account.dossier_id).status == "awaiting_approval"
        assert pending_request(account.dossier_id) is None

        request = submit_again(account.dossier_id, actor=cast.agent)
        approve(request.id, digest=request.digest.hex(), note="Still right.", actor=cast.supervisor)
        issue(account.id)
        assert [found.status for found in certificates_of(account.id)] == ["issued"]


def test_one_whose_certificate_is_being_made_does_not_lapse(app: Flask, cast: Cast) -> None:
    with app.app_context():
        account = with_key(cast)
        assert intend(account.id) is not None
        grow_old(account.dossier_id)
        assert lapse_approvals() == 0
        issue(account.id)
        assert fetch(Dossier, account.dossier_id).status == "issued"
