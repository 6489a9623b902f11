"""What the booking page and a call's own page show."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select
from wtforms import SelectChoice

from app.calls import lifecycle
from app.calls.book import HORIZON, reviewers_of
from app.calls.checklist import ITEMS, expected
from app.calls.forms import DEFAULT_MINUTES, BookingForm
from app.calls.holders import booked_soon, holders
from app.calls.models import Call
from app.calls.record import open_items, why_not
from app.documents.admin import page_url, thumbnail_url
from app.documents.labels import kind_label
from app.documents.models import Document
from app.dossiers.edit import applicant_version
from app.dossiers.models import Dossier
from app.kernel.actors import Actor
from app.kernel.clock import JAKARTA, now
from app.kernel.database import db, fetch
from app.kernel.due import holiday_words, holidays_until, near
from app.kernel.locale import moment
from app.kernel.office import calendar
from app.staff.models import StaffMember

Context = dict[str, Any]
# The pictures that the face in the call is compared with.
FACES = ("passport", "selfie")


def booking_form(dossier: Dossier, actor: Actor) -> BookingForm:
    """The form with a time of the next working day, and with somebody who did not review where there is one."""
    people, reviewed, at = holders(), reviewers_of(dossier.id), _proposal()
    fresh = [member.id for member in people if member.id not in reviewed]
    first = actor.id if actor.id in fresh else next(iter(fresh), actor.id)
    form = BookingForm(
        data={"date": at.date(), "time": at.time(), "minutes": DEFAULT_MINUTES, "staff": first}
    )
    form.staff.choices = [SelectChoice(member.id, _holder(member, reviewed)) for member in people]
    return form


def booking(dossier: Dossier, form: BookingForm) -> Context:
    """The rest of the booking page."""
    return {
        "form": form,
        "dossier": {
            "reference": dossier.reference,
            "url": f"/desk/workbench/{dossier.reference}",
            "applicant": dossier.applicant,
            "address": dossier.email,
        },
        "reviewers": sorted(reviewers_of(dossier.id)),
        "busy": [{"at_label": moment(call.starts_at), "agent": call.staff.name} for call in booked_soon()],
        "today": now().astimezone(JAKARTA).date(),
        "days_off": _days_off(),
    }


def _holder(member: StaffMember, reviewed: set[int]) -> str:
    return _("%(name)s (reviewed it)", name=member.name) if member.id in reviewed else member.name


def _proposal() -> datetime:
    """Ten o'clock of the next working day in Jakarta, or when it opens if that is later."""
    tomorrow = datetime.combine(now().astimezone(JAKARTA).date() + timedelta(days=1), time(), JAKARTA)
    opening = calendar().next_opening(tomorrow).astimezone(JAKARTA)
    return calendar().next_opening(max(opening, opening.replace(hour=10, minute=0))).astimezone(JAKARTA)


def outside_hours(call: Call) -> str | None:
    """A warning when a call does not lie within working hours: it is allowed, and may be a slip."""
    if calendar().working_between(call.starts_at, call.ends_at) == call.ends_at - call.starts_at:
        return None
    return _("Mind that this call lies outside working hours (%(time)s WIB).", time=near(call.starts_at))


def _days_off() -> list[str]:
    """The days off, weekends apart, on which a call could be booked by mistake."""
    return [holiday_words(holiday) for holiday in holidays_until(now() + HORIZON)]


def call_page(call: Call, actor: Actor, answers: dict[str, str] | None = None) -> Context:
    """One call. `answers` are what was ticked on a form that was refused; else those that are recorded."""
    dossier = fetch(Dossier, call.dossier_id)
    kept = {key: kept["answer"] for key, kept in call.answers.items()}
    return {
        "call": _head(call),
        "dossier": {
            "reference": dossier.reference,
            "url": f"/desk/workbench/{dossier.reference}",
            "applicant": dossier.applicant,
        },
        "seen": applicant_version(dossier),
        "items": _items(dossier, kept if answers is None else answers),
        "booked": call.status == lifecycle.BOOKED,
        "why_not": why_not(call, actor),
        "warning": _warning(call),
        "show_url": url_for("calls.show", call_id=call.id),
        "cancel_url": url_for("calls.cancel", call_id=call.id),
    }


def _head(call: Call) -> Context:
    recorder = fetch(StaffMember, call.recorded_by_id) if call.recorded_by_id else None
    return {
        "at_label": _("%(time)s WIB", time=moment(call.starts_at)),
        "minutes": int((call.ends_at - call.starts_at).total_seconds() // 60),
        "agent": call.staff.name,
        "join_url": call.join_url if call.status == lifecycle.BOOKED else None,
        "state_label": lifecycle.LABELS[call.status],
        "tone": lifecycle.TONES[call.status],
        "note": call.note,
        "recorded_by": recorder.name if recorder else None,
        "recorded_at": moment(call.recorded_at),
    }


def _items(dossier: Dossier, answers: dict[str, str]) -> list[Context]:
    values = expected(dossier)
    still = {item.key for item in open_items(answers)}
    return [
        {
            "key": item.key,
            "number": number,
            "label": item.label,
            "how": item.help,
            "expected": [{"label": label, "value": value} for label, value in values.get(item.key, [])],
            "pictures": _faces(dossier) if item.key == "face" else [],
            "answer": answers.get(item.key, ""),
            "open": item.key in still,
        }
        for number, item in enumerate(ITEMS)
    ]


def _faces(dossier: Dossier) -> list[Context]:
    accepted = select(Document).where(
        Document.dossier_id == dossier.id, Document.status == "accepted", Document.kind.in_(FACES)
    )
    return [
        {
            "label": kind_label(document.kind),
            "url": page_url(document, 1),
            "thumb_url": thumbnail_url(document),
        }
        for document in db.session.scalars(accepted.order_by(Document.id))
        if document.pictures == "ready"
    ]


def _warning(call: Call) -> str | None:
    if call.staff_id not in reviewers_of(call.dossier_id):
        return None
    return _("%(name)s reviewed this dossier too. It is allowed; the approver is told.", name=call.staff.name)
