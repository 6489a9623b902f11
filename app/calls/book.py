"""Book a video call."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask_babel import gettext, lazy_gettext
from sqlalchemy.exc import IntegrityError

from app.audit.record import record
from app.calls import letters
from app.calls.models import Call
from app.dossiers import lifecycle as dossier_lifecycle
from app.dossiers.models import Dossier
from app.kernel.actors import Actor
from app.kernel.clock import now
from app.kernel.database import db, fetch, lock, use_case
from app.kernel.errors import DeskError, InvalidInput, Refused
from app.kernel.permissions import Permission
from app.staff.models import StaffMember
from config import is_loopback

HORIZON = timedelta(days=60)
LENGTHS = range(10, 121)


class DoubleBooking(Refused):
    """Raised when the staff member or the dossier already has a call at that time (409)."""

    default = lazy_gettext(
        "There is already a call at that time. Please choose another time or another person."
    )


@use_case
def book_call(
    dossier_id: int, *, staff_id: int, starts_at: datetime, minutes: int, join_url: str, actor: Actor
) -> Call:
    """Book a call for a dossier that awaits one; both sides get a calendar invitation. `starts_at` is aware.

    Raises InvalidInput for a time or address that cannot be, DoubleBooking, Stale, NotPermitted.
    """
    actor.must(Permission.CALLS_HOLD)
    dossier = lock(Dossier, dossier_id)
    staff = fetch(StaffMember, staff_id)
    _check(staff, starts_at, minutes, join_url)
    call = Call(
        dossier_id=dossier.id,
        staff_id=staff.id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        calendar_uid=f"{secrets.token_hex(16)}@xignature.co.id",
        join_url=join_url,
    )
    _insert(call)
    dossier_lifecycle.change(dossier.id, "book_call", actor=actor)
    record("call.book", actor=actor, subject=call, dossier_id=dossier.id, details={"starts_at": starts_at})
    letters.invite(call, dossier)
    return call


def _check(staff: StaffMember, starts_at: datetime, minutes: int, join_url: str) -> None:
    if not staff.active or Permission.CALLS_HOLD not in staff.permissions:
        raise InvalidInput(gettext("This person cannot hold calls. Please choose another."))
    if not now() < starts_at < now() + HORIZON:
        raise InvalidInput(gettext("The call must start in the future, at most 60 days from now."))
    if minutes not in LENGTHS:
        raise InvalidInput(gettext("A call takes 10 to 120 minutes."))
    parts = urlsplit(join_url)
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    if not secure or not parts.hostname or len(join_url) > 500 or any(c.isspace() for c in join_url):
        raise InvalidInput(
            gettext("The join link must be a full https address, such as https://meet.example/room.")
        )


def _insert(call: Call) -> None:
    """Insert inside a savepoint; only the database can tell a double booking without a race."""
    try:
        with db.session.begin_nested():
            db.session.add(call)
    except IntegrityError as error:
        name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        refusals: dict[str | None, type[DeskError]] = {
            "ex_call_no_double_booking": DoubleBooking,
            "uq_call_booked_dossier": DoubleBooking,
        }
        if name not in refusals:
            raise
        raise refusals[name] from None
