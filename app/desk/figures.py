"""The home screen's figures: what goes wrong, the week's funnel, the load of each agent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, exists, func, select

from app.approvals.models import ApprovalRequest
from app.audit.models import TrailEntry
from app.certificates.models import Certificate
from app.conversations.models import Conversation
from app.desk import counts
from app.dossiers import lifecycle
from app.dossiers.models import Dossier
from app.intake.condition import Condition, conditions
from app.kernel.actors import Actor
from app.kernel.clock import now
from app.kernel.database import db
from app.kernel.due import span
from app.kernel.locale import age
from app.kernel.permissions import Permission
from app.staff.models import StaffMember

WEEK = timedelta(days=7)
FIRST_MOMENT = datetime.min.replace(tzinfo=UTC)
Row = dict[str, Any]


def going_wrong(actor: Actor) -> list[Row]:
    """Intake, letters, quarantine, jobs; linked to their lists for those who may open them."""
    letters, mail, jobs = counts.letters_in_trouble(), counts.quarantined_mail(), counts.jobs_stuck()
    return [
        *_intake(actor),
        _count(_("Letters that failed"), letters, _link(actor, Permission.LETTERS_READ, "letters.index")),
        _count(_("Quarantined mail"), mail, _link(actor, Permission.QUARANTINE_OPEN, "quarantine.index")),
        _count(_("Jobs stuck"), jobs, _link(actor, Permission.HEALTH_READ, "health.index")),
    ]


def _intake(actor: Actor) -> list[Row]:
    """A row for each mailbox that is not well, or one that says that all are."""
    url = _link(actor, Permission.HEALTH_READ, "health.index")
    found = conditions()
    rows = [_unwell(one, url) for one in found if one.worst.tone != "good"]
    newest = max(found, key=lambda one: one.state.last_mail_at or FIRST_MOMENT)
    return rows or [_intake_row(_("Intake: %(sentence)s", sentence=newest.worst.sentence), newest, url)]


def _unwell(one: Condition, url: str | None) -> Row:
    """Short, because the card is narrow: the health page has the sentence."""
    return _intake_row(_("Mailbox %(name)s", name=one.which.name), one, url)


def _intake_row(label: str, one: Condition, url: str | None) -> Row:
    since = f" · {age(one.worst.since)}" if one.worst.since else ""
    return {
        "label": label,
        "value": None,
        "pill": f"{one.worst.label}{since}",
        "tone": one.worst.tone,
        "url": url,
    }


def _count(label: str, count: int, url: str | None) -> Row:
    shown = counts.label(count)
    if not count:
        return {"label": label, "value": shown, "pill": None, "tone": None, "url": url}
    return {"label": label, "value": None, "pill": shown, "tone": "bad", "url": url}


def _link(actor: Actor, permission: Permission, endpoint: str) -> str | None:
    return url_for(endpoint) if permission in actor.permissions else None


def funnel() -> list[Row]:
    """Of the dossiers received in the last seven days, how many came how far."""
    since = now() - WEEK
    steps = (
        (_("Received"), Dossier.id > 0),
        (_("Complete"), _passed("dossier.complete")),
        (_("Reviewed"), _passed("dossier.accept", "dossier.accept_again")),
        (_("Confirmed"), _passed("dossier.confirm_identity")),
        (_("Approved"), _passed("dossier.approve")),
        (_("Issued"), Dossier.status == lifecycle.ISSUED),
    )
    columns = [func.count().filter(condition) for _label, condition in steps]
    found = db.session.execute(select(*columns).select_from(Dossier).where(Dossier.created_at > since)).one()
    url = url_for("dossiers.index", view="all")
    return [
        {"label": label, "count": count, "url": url} for (label, _c), count in zip(steps, found, strict=True)
    ]


def _passed(*verbs: str) -> ColumnElement[bool]:
    return exists().where(TrailEntry.dossier_id == Dossier.id, TrailEntry.verb.in_(verbs))


def week() -> list[Row]:
    """The median time from receipt to certificate, and what was sent back and missed."""
    since = now() - WEEK
    return [
        {"label": _("received → issued"), "value": _median(since), "pill": None, "tone": None},
        {"label": _("sent back"), "value": _sent_back(since), "pill": None, "tone": None},
        {"label": _("no-shows"), "value": _trail("call.no_show", since), "pill": None, "tone": None},
    ]


def _median(since: datetime) -> str:
    taken = func.extract("epoch", Certificate.issued_at - Dossier.created_at)
    seconds = db.session.scalar(
        select(func.percentile_cont(0.5).within_group(taken))
        .select_from(Certificate)
        .join(ApprovalRequest, ApprovalRequest.id == Certificate.approval_request_id)
        .join(Dossier, Dossier.id == ApprovalRequest.dossier_id)
        .where(Certificate.issued_at > since)
    )
    return age(now() - timedelta(seconds=float(seconds))) if seconds is not None else "–"


def first_answers() -> list[Row]:
    """For supervisors: how long people waited for our first answer this week, in working time, and how many in time."""
    target = current_app.extensions["desk_settings"].first_answer_hours * 3600
    seconds = Conversation.first_answer_seconds
    count, median, in_time = db.session.execute(
        select(
            func.count(),
            func.percentile_cont(0.5).within_group(seconds),
            func.count().filter(seconds <= target),
        ).where(Conversation.first_answered_at > now() - WEEK, seconds.is_not(None))
    ).one()
    shown = span(timedelta(seconds=float(median))) if count else "–"
    share = _("%(n)s%%", n=in_time * 100 // count) if count else "–"
    return [
        {"label": _("first answer (median)"), "value": shown, "pill": None, "tone": None},
        {"label": _("within target"), "value": share, "pill": None, "tone": None},
    ]


def _sent_back(since: datetime) -> int:
    return _trail("dossier.send_back", since)


def _trail(verb: str, since: datetime) -> int:
    return int(
        db.session.scalar(select(func.count()).where(TrailEntry.verb == verb, TrailEntry.at > since)) or 0
    )


def load() -> list[Row]:
    """For supervisors: open dossiers of each person, how many of them wait for review, and the oldest."""
    rows = db.session.execute(
        select(
            StaffMember.name,
            func.count(Dossier.id),
            func.count(Dossier.id).filter(Dossier.status == lifecycle.REVIEWING),
            func.min(Dossier.status_since),
        )
        .join(Dossier, Dossier.assigned_to_id == StaffMember.id)
        .where(Dossier.status.in_(lifecycle.OPEN))
        .group_by(StaffMember.id)
        .order_by(func.count(Dossier.id).desc())
    )
    return [
        {"name": name, "url": None, "open": number, "to_review": review, "oldest": age(oldest)}
        for name, number, review, oldest in rows
    ]
