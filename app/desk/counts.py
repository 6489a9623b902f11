"""How much waits, for the rail and the home screen; each number is counted as its list counts."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, exists, func, select, text

from app.approvals import lifecycle as approval_lifecycle
from app.approvals.models import ApprovalRequest
from app.calls import lifecycle as call_lifecycle
from app.calls.models import Call
from app.conversations.models import Conversation
from app.conversations.service_level import late_now
from app.dossiers.models import DossierMaker
from app.intake.models import ReceivedMail
from app.kernel.actors import Actor
from app.kernel.clock import JAKARTA, now
from app.kernel.database import db
from app.letters.lifecycle import TROUBLE
from app.letters.models import Letter

MOST = 999


def _count(rows: Select[Any]) -> int:
    """Counted to MOST + 1 only, so that a number costs the same at a million rows."""
    return int(db.session.scalar(select(func.count()).select_from(rows.limit(MOST + 1).subquery())) or 0)


def bounded(rows: Select[Any]) -> int:
    """How many rows a query of ids has, counted to MOST + 1 only."""
    return _count(rows)


def open_conversations() -> int:
    """Conversations that wait for an answer."""
    return _count(select(Conversation.id).where(Conversation.status == "open"))


def late_conversations() -> int:
    """Conversations whose answer is late."""
    return _count(select(Conversation.id).where(late_now()))


def calls_today(staff_id: int | None = None) -> int:
    """Booked calls that begin today in Jakarta, of one staff member or of all."""
    today = datetime.combine(now().astimezone(JAKARTA).date(), time(), JAKARTA).astimezone(UTC)
    rows = select(Call.id).where(
        Call.status == call_lifecycle.BOOKED,
        Call.starts_at >= today,
        Call.starts_at < today + timedelta(days=1),
    )
    return _count(rows if staff_id is None else rows.where(Call.staff_id == staff_id))


def next_call(staff_id: int) -> Call | None:
    """The next booked call of a staff member, from half an hour ago on."""
    return db.session.scalar(
        select(Call)
        .where(
            Call.staff_id == staff_id,
            Call.status == call_lifecycle.BOOKED,
            Call.starts_at > now() - timedelta(minutes=30),
        )
        .order_by(Call.starts_at)
        .limit(1)
    )


def pending_approvals(actor: Actor | None = None) -> int:
    """Requests that wait for a supervisor; with an actor, only those that this person may decide."""
    rows = select(ApprovalRequest.id).where(ApprovalRequest.status == approval_lifecycle.PENDING)
    if actor is not None:
        made = exists().where(
            DossierMaker.dossier_id == ApprovalRequest.dossier_id, DossierMaker.staff_id == actor.id
        )
        rows = rows.where(~made, ApprovalRequest.expires_at > now())
    return _count(rows)


def quarantined_mail() -> int:
    """Messages that could not be filed."""
    return _count(select(ReceivedMail.id).where(ReceivedMail.status == "quarantined"))


def letters_in_trouble() -> int:
    """Letters that failed, came back, or of which nobody knows whether they left."""
    return _count(select(Letter.id).where(Letter.status.in_(TROUBLE)))


def jobs_stuck() -> int:
    """Jobs that failed for good, or are due for five minutes and nobody does them."""
    found = db.session.scalar(
        text(
            "SELECT count(*) FROM (SELECT 1 FROM procrastinate_jobs WHERE status = 'failed' OR (status = 'todo' AND "
            "coalesce(scheduled_at, now()) < now() - interval '5 minutes') LIMIT :most) AS stuck"
        ),
        {"most": MOST + 1},
    )
    return int(found or 0)


def jobs_stalled() -> int:
    """Jobs in the hands of a worker that has given no sign of life for half a minute."""
    found = db.session.scalar(
        text(
            "SELECT count(*) FROM procrastinate_jobs AS job LEFT JOIN procrastinate_workers AS worker"
            " ON worker.id = job.worker_id WHERE job.status = 'doing'"
            " AND (worker.id IS NULL OR worker.last_heartbeat < now() - interval '30 seconds')"
        )
    )
    return int(found or 0)


def label(count: int) -> str:
    """A count as shown: 999+ beyond what is counted."""
    return str(count) if count <= MOST else f"{MOST}+"
