"""The trail's page: who did what, when and why, and the proof that the record was not altered."""

from __future__ import annotations

import contextlib
from datetime import date
from typing import Any

from flask import current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext
from sqlalchemy import func, select
from wtforms import DateField, SelectChoice, SelectField, StringField
from wtforms.validators import Length, Optional

from app.accounts.forms import PressForm
from app.audit import heads
from app.audit.models import TrailEntry, TrailPending, TrailSeal
from app.audit.verify import Report, verify
from app.desk.trail_rows import PAGE, Filter, entries, row_of
from app.desk.trail_words import FAMILIES
from app.dossiers.find import by_reference
from app.dossiers.models import Dossier
from app.kernel.back_office import DeskView
from app.kernel.database import db
from app.kernel.forms import DeskForm
from app.kernel.locale import moment
from app.kernel.permissions import Permission
from app.staff.models import StaffMember

# A walk over more would keep the browser waiting; the command has no such limit.
MOST_VERIFIED_HERE = 20_000
LARGEST_ID = 2**63 - 1
MOST_PROBLEMS_SHOWN = 50


class FilterForm(DeskForm):
    """What to look for."""

    family = SelectField(
        choices=[SelectChoice("", ""), *(SelectChoice(key, key) for key in FAMILIES)], validators=[Optional()]
    )
    dossier = StringField(validators=[Optional(), Length(max=20)])
    staff = SelectField(coerce=int, validate_choice=False, default=0)
    since = DateField(validators=[Optional()])
    until = DateField(validators=[Optional()])


class TrailView(DeskView):
    """/desk/trail"""

    permission = Permission.TRAIL_READ

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Entries, newest first."""
        return self._page()

    @expose("/filter", methods=["POST"])
    def filter(self) -> ResponseReturnValue:
        """Go to what was looked for; its address holds ids and days only."""
        form = FilterForm().checked()
        reference = (form.dossier.data or "").strip()
        wanted = Filter(
            family=form.family.data or None,
            dossier_id=by_reference(reference).id if reference else None,
            staff_id=form.staff.data or None,
            since=form.since.data,
            until=form.until.data,
        )
        return redirect(url_for(".index", **wanted.arguments()))

    @expose("/verify", methods=["POST"])
    def verify(self) -> ResponseReturnValue:
        """Walk the chain now and show what was found. Changes nothing."""
        PressForm().checked()
        if _size() > MOST_VERIFIED_HERE:
            return self._page(too_large=True)
        settings = current_app.extensions["desk_settings"]
        return self._page(report=verify(settings.trail_dir, settings.trail_key))

    def _page(self, *, report: Report | None = None, too_large: bool = False) -> str:
        wanted = _wanted()
        before = request.args.get("before", type=int)
        found = entries(wanted, before=None if before is None else min(before, LARGEST_ID))
        older = None
        if len(found) > PAGE:
            older = url_for(".index", before=found[PAGE - 1].TrailEntry.id, **wanted.arguments())
        return str(
            self.render(
                "audit/list.html",
                rows=[row_of(each) for each in found[:PAGE]],
                seal=_seal(),
                filters=_filters(wanted),
                older_url=older,
                verify_url=url_for(".verify"),
                report=_shown(report) if report else None,
                too_large=MOST_VERIFIED_HERE if too_large else None,
            )
        )


def _size() -> int:
    newest = db.session.scalar(select(func.max(TrailEntry.id))) or 0
    sealed = db.session.scalar(select(func.max(TrailSeal.id))) or 0
    return max(newest, sealed)


def _wanted() -> Filter:
    family = request.args.get("family")
    return Filter(
        family=family if family in FAMILIES else None,
        dossier_id=_id("dossier"),
        staff_id=_id("staff"),
        since=_day("since"),
        until=_day("until"),
    )


def _id(name: str) -> int | None:
    number = request.args.get(name, type=int)
    return number if number and 0 < number <= LARGEST_ID else None


def _day(name: str) -> date | None:
    with contextlib.suppress(ValueError):
        day = date.fromisoformat(request.args.get(name, ""))
        # Python's last day has no day after it.
        return day if 1970 <= day.year < 9999 else None
    return None


def _seal() -> dict[str, Any]:
    """Up to where the chain goes, how much waits, and whether the newest seal is signed outside the database."""
    settings = current_app.extensions["desk_settings"]
    newest = db.session.execute(
        select(TrailSeal.id, TrailSeal.sealed_at).order_by(TrailSeal.id.desc()).limit(1)
    ).first()
    waiting = db.session.scalar(select(func.count()).select_from(TrailPending)) or 0
    signed = heads.last_number(settings.trail_dir, settings.trail_key)
    number = newest.id if newest else 0
    whole = not waiting and signed >= number
    return {
        "label": gettext("all sealed") if whole else gettext("being sealed"),
        "tone": "good" if whole else "accent",
        "sealed": number,
        "sealed_at": moment(newest.sealed_at) if newest else "",
        "waiting": waiting,
        "signed": signed,
        "signed_at": moment(heads.written_at(settings.trail_dir)),
    }


def _filters(wanted: Filter) -> dict[str, Any]:
    reference = db.session.scalar(select(Dossier.reference).where(Dossier.id == (wanted.dossier_id or 0)))
    staff = db.session.execute(select(StaffMember.id, StaffMember.name).order_by(StaffMember.name)).all()
    return {
        "url": url_for(".filter"),
        "clear_url": url_for(".index") if wanted.arguments() else None,
        "values": {**wanted.arguments(), "dossier": reference or ""},
        "families": [{"value": "", "label": gettext("Everything")}]
        + [{"value": key, "label": label} for key, label in FAMILIES.items()],
        "staff": [{"value": 0, "label": gettext("Everybody")}]
        + [{"value": each.id, "label": each.name} for each in staff],
    }


def _shown(report: Report) -> dict[str, Any]:
    return {
        "holds": not report.problems,
        "sealed": report.sealed,
        "waiting": report.waiting,
        "erased": report.erased,
        "problems": report.problems[:MOST_PROBLEMS_SHOWN],
        "more": max(0, len(report.problems) - MOST_PROBLEMS_SHOWN),
    }
