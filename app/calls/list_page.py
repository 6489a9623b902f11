"""The rows of the calls' list: due, today, upcoming, ended; a person's own ones first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, case, select

from app.calls.lifecycle import BOOKED, LABELS, TONES
from app.calls.models import Call
from app.calls.record import EARLY
from app.dossiers.models import Dossier
from app.kernel.actors import Actor
from app.kernel.clock import JAKARTA, now
from app.kernel.database import db
from app.kernel.locale import age, moment

MOST = 100
RECENT = 30
# For how long after its time a call is still today's business, before the list calls it overdue.
HELD_BY = timedelta(minutes=30)
Row = dict[str, Any]


def page(*, actor: Actor) -> dict[str, list[Row]]:
    """overdue (their time is over, nothing is recorded), today, upcoming, ended (the latest); MOST rows each."""
    at, tomorrow = now(), _tomorrow()
    over = at - HELD_BY
    return {
        "overdue": _rows(_booked(actor).where(Call.ends_at < over), actor),
        "today": _rows(_booked(actor).where(Call.ends_at >= over, Call.starts_at < tomorrow), actor),
        "upcoming": _rows(_booked(actor).where(Call.starts_at >= tomorrow), actor),
        "ended": _rows(_ended().limit(RECENT), actor),
    }


def _booked(actor: Actor) -> Select[Call, Dossier]:
    return _with_dossier(Call.status == BOOKED).order_by(
        case((Call.staff_id == actor.id, 0), else_=1), Call.starts_at, Call.id
    )


def _ended() -> Select[Call, Dossier]:
    return _with_dossier(Call.status != BOOKED).order_by(Call.id.desc())


def _with_dossier(condition: ColumnElement[bool]) -> Select[Call, Dossier]:
    return select(Call, Dossier).join(Dossier, Dossier.id == Call.dossier_id).where(condition).limit(MOST)


def _rows(query: Select[Call, Dossier], actor: Actor) -> list[Row]:
    found: Iterable[Any] = db.session.execute(query)
    return [_row(call, dossier, actor) for call, dossier in found]


def _row(call: Call, dossier: Dossier, actor: Actor) -> Row:
    booked = call.status == BOOKED
    return {
        "url": url_for("calls.show", call_id=call.id),
        "at_label": moment(call.starts_at),
        "when": _when(call) if booked else "",
        "applicant": dossier.applicant,
        "reference": dossier.reference,
        "dossier_url": f"/desk/workbench/{dossier.reference}",
        "agent": call.staff.name,
        "mine": call.staff_id == actor.id,
        "state_label": LABELS[call.status],
        "tone": TONES[call.status],
        "join_url": call.join_url if booked and _near(call) and call.staff_id == actor.id else None,
        "record": booked and _near(call) and call.staff_id == actor.id,
    }


def _near(call: Call) -> bool:
    return call.starts_at - now() <= EARLY


def _when(call: Call) -> str:
    """How far away, such as: in 25 min, now, 2 h ago."""
    if call.starts_at > now():
        # As long until then as it would be since then; age() knows the words.
        return _("in %(time)s", time=age(now() - (call.starts_at - now())))
    if call.ends_at > now():
        return _("now")
    return _("%(time)s ago", time=age(call.starts_at))


def _tomorrow() -> datetime:
    today = datetime.combine(now().astimezone(JAKARTA).date(), time(), JAKARTA).astimezone(UTC)
    return today + timedelta(days=1)
