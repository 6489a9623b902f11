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
from app.desk.health_mailboxes import find_mailbox, mailbox_rows, step_rows
from app.gateways import gateways
from app.gateways.authority import PermanentAuthorityError
from app.intake.check_connection import check_connection
from app.kernel.access import permit
from app.kernel.back_office import DeskView
from app.kernel.clock import now
from app.kernel.database import db
from app.kernel.due import holiday_words, next_holiday, office_words, todays_hours
from app.kernel.locale import age, day
from app.kernel.office import calendar
from app.kernel.permissions import Permission

SEALS_LATE = timedelta(minutes=1)
# A certificate is valid for a year: the one that signs it has to live longer.
AUTHORITY_ENDS_SOON = timedelta(days=400)
DISK_LOW = 0.10
Check = dict[str, Any]


class HealthView(DeskView):
    """/desk/health"""

    permission = Permission.HEALTH_READ

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Mailboxes, checks, jobs, processes."""
        return self._page()

    @expose("/mailbox/<called>/check", methods=["POST"])
    @permit(Permission.HEALTH_READ)
    def check(self, called: str) -> ResponseReturnValue:
        """Try a mailbox now and show what became of each step."""
        which = find_mailbox(called)
        # The servers may take their time; no connection to the database is held meanwhile.
        db.session.rollback()
        steps = check_connection(which)
        return self._page(tested=which.name, steps=step_rows(steps))

    def _page(self, **more: Any) -> ResponseReturnValue:
        return self.render(
            "desk/health.html",
            mailboxes=mailbox_rows(),
            checks=[_letters(), _quarantine(), _stalled(), _trail(), _authority(), _disk(), _office()],
            jobs=_jobs(),
            processes=_workers(),
            **more,
        )


def _check(label: str, state: str, tone: str, sentence: str = "") -> Check:
    return {"label": label, "state_label": state, "tone": tone, "text": sentence, "since": None, "url": None}


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


def _stalled() -> Check:
    count = counts.jobs_stalled()
    if not count:
        return _check(_("Stalled jobs"), _("none"), "good")
    return _check(
        _("Stalled jobs"),
        counts.label(count),
        "warn",
        _("their worker fell silent; another one takes them up within a minute"),
    )


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
    ends = issuing.not_valid_after_utc
    until = _("issuing certificate until %(day)s", day=day(ends))
    if ends < now():
        return _check(_("Authority"), _("ended"), "bad", until)
    if ends - now() < AUTHORITY_ENDS_SOON:
        return _check(_("Authority"), _("ends soon"), "warn", until)
    return _check(_("Authority"), _("ready"), "good", until)


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
