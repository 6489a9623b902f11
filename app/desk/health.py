"""Is the desk well? For administrators: what is unhealthy, before users notice."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import Any

from flask import current_app
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from sqlalchemy import func, select, text

from app.audit.models import TrailEntry, TrailPending
from app.desk import counts
from app.desk.figures import intake_state
from app.gateways import gateways
from app.gateways.authority import PermanentAuthorityError
from app.kernel.back_office import DeskView
from app.kernel.clock import now
from app.kernel.database import db
from app.kernel.due import holiday_words, next_holiday, office_words, todays_hours
from app.kernel.locale import age, day
from app.kernel.office import calendar
from app.kernel.permissions import Permission

SEALS_LATE = timedelta(minutes=1)
DISK_LOW = 0.10
Check = dict[str, Any]


class HealthView(DeskView):
    """/desk/health"""

    permission = Permission.HEALTH_READ

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Checks, jobs, processes."""
        checks = [_intake(), _letters(), _quarantine(), _trail(), _authority(), _disk(), _office()]
        return self.render("desk/health.html", checks=checks, jobs=_jobs(), processes=_workers())


def _check(label: str, state: str, tone: str, sentence: str = "") -> Check:
    return {"label": label, "state_label": state, "tone": tone, "text": sentence, "since": None, "url": None}


def _intake() -> Check:
    sentence, pill, tone = intake_state()
    return _check(_("Mailbox"), pill, tone, sentence)


def _letters() -> Check:
    count = counts.letters_in_trouble()
    if not count:
        return _check(_("Letters"), _("healthy"), "good")
    return _check(
        _("Letters"), counts.label(count), "bad", _("failed or uncertain; agents see them under Letters")
    )


def _quarantine() -> Check:
    count = counts.quarantined_mail()
    if not count:
        return _check(_("Quarantine"), _("empty"), "good")
    return _check(_("Quarantine"), counts.label(count), "warn", _("messages wait for a supervisor"))


def _trail() -> Check:
    oldest = db.session.scalar(
        select(func.min(TrailEntry.at)).join(TrailPending, TrailPending.entry_id == TrailEntry.id)
    )
    if oldest and oldest < now() - SEALS_LATE:
        return _check(
            _("Trail"),
            _("not sealed"),
            "bad",
            _("entries wait since %(age)s; is the worker running?", age=age(oldest)),
        )
    return _check(_("Trail"), _("sealed"), "good", _("prove it with “flask trail verify”"))


def _authority() -> Check:
    try:
        issuing = gateways().open_authority().issuing
    except PermanentAuthorityError:
        return _check(_("Authority"), _("missing"), "bad", _("run “flask authority init”"))
    return _check(
        _("Authority"),
        _("ready"),
        "good",
        _("issuing certificate until %(day)s", day=day(issuing.not_valid_after_utc)),
    )


def _disk() -> Check:
    usage = shutil.disk_usage(current_app.extensions["desk_settings"].data_dir)
    free = usage.free / usage.total
    tone = "bad" if free < DISK_LOW else "good"
    return _check(_("Disk"), _("%(n)s%% free", n=round(free * 100)), tone)


def _office() -> Check:
    """No check, but what everything that waits is measured by; closed is no fault."""
    hours, holiday = todays_hours(), next_holiday()
    said = [office_words()[0], _("today %(hours)s", hours=hours) if hours else _("today closed")]
    if holiday is not None:
        said.append(_("next holiday %(holiday)s", holiday=holiday_words(holiday)))
    open_now = calendar().is_open(now())
    state, tone = (_("open now"), "good") if open_now else (_("closed now"), "calm")
    return _check(_("Working hours"), state, tone, "; ".join(said))


def _jobs() -> list[dict[str, Any]]:
    rows = db.session.execute(
        text(
            "SELECT task_name, count(*) FILTER (WHERE status IN ('todo', 'doing')) AS waiting, "
            "count(*) FILTER (WHERE status = 'failed') AS failed, min(scheduled_at) AS oldest "
            "FROM procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed') GROUP BY task_name ORDER BY task_name"
        )
    )
    return [
        {
            "name": row.task_name,
            "waiting": row.waiting,
            "failed": row.failed,
            "oldest": age(row.oldest) if row.oldest else None,
            "retry_url": None,
        }
        for row in rows
    ]


def _workers() -> list[dict[str, Any]]:
    rows = db.session.execute(
        text("SELECT last_heartbeat FROM procrastinate_workers ORDER BY last_heartbeat DESC")
    )
    found = [
        {
            "name": _("Worker"),
            "seen": age(row.last_heartbeat),
            "tone": "good" if row.last_heartbeat > now() - SEALS_LATE else "bad",
            "state_label": _("running") if row.last_heartbeat > now() - SEALS_LATE else _("silent"),
        }
        for row in rows
    ]
    return found or [{"name": _("Worker"), "seen": "", "tone": "bad", "state_label": _("none is running")}]
