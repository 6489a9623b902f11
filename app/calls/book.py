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
from app.dossiers.makers import makers_of
from app.dossiers.models import Dossier
from app.kernel.actors import Actor
from app.kernel.clock import now
from app.kernel.database import db, lock, use_case
from app.kernel.errors import DeskError, InvalidInput, NotFound, Refused
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

    Raises InvalidInput for a time or address that cannot be, DoubleBooking, Refused, NotPermitted.
    """
    actor.must(Permission.CALLS_HOLD)
    dossier = lock(Dossier, dossier_id)
    _check_dossier(dossier)
    staff = _hold(staff_id)
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
    details = {
        "starts_at": starts_at,
        "staff_id": staff.id,
        "is_reviewer": staff.id in reviewers_of(dossier.id),
    }
    record("call.book", actor=actor, subject=call, dossier_id=dossier.id, details=details)
    letters.invite(call, dossier)
    return call


def reviewers_of(dossier_id: int) -> set[int]:
    """Ids of those who reviewed a dossier. One of them may hold its call; the approver is told."""
    return {maker.staff_id for maker in makers_of(dossier_id) if maker.part == "reviewer"}


def _check_dossier(dossier: Dossier) -> None:
    if dossier.status == dossier_lifecycle.CALL_BOOKED:
        raise Refused(gettext("A call is booked for this dossier already. Cancel that one first."))
    if dossier.status != dossier_lifecycle.AWAITING_CALL:
        raise Refused(
            gettext("A call is booked when the review is finished. This dossier is in another state.")
        )


def _hold(staff_id: int) -> StaffMember:
    """The staff member, held so that bookings of one person queue up.

    Without it two inserts at once into the exclusion constraint may wait for each other until PostgreSQL calls it a
    deadlock. FOR NO KEY UPDATE lets rows that merely point at the person go by.
    """
    staff = db.session.get(StaffMember, staff_id, with_for_update={"key_share": True}, populate_existing=True)
    if staff is None:
        raise NotFound
    return staff


def _check(staff: StaffMember, starts_at: datetime, minutes: int, join_url: str) -> None:
    if not staff.active or Permission.CALLS_HOLD not in staff.permissions:
        raise InvalidInput(gettext("This person cannot hold calls. Please choose another."))
    if not now() < starts_at < now() + HORIZON:
        raise InvalidInput(gettext("The call must start in the future, at most 60 days from now."))
    if minutes not in LENGTHS:
        raise InvalidInput(gettext("A call takes 10 to 120 minutes."))
    _check_link(join_url)


def _check_link(join_url: str) -> None:
    try:
        parts = urlsplit(join_url)
    except ValueError:
        # Such as an unfinished IPv6 address; the empty one is refused below.
        parts = urlsplit("")
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
