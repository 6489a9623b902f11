"""The invitation and its cancellation, to the applicant and to the staff member who calls."""

from __future__ import annotations

from flask import current_app
from flask_babel import force_locale, gettext

from app.calls.calendar import CallEvent, cancellation, invitation
from app.calls.models import Call
from app.dossiers.models import Dossier
from app.kernel.clock import JAKARTA, now
from app.kernel.locale import long_moment
from app.letters.queue import queue_letter


def invite(call: Call, dossier: Dossier) -> None:
    """Queue the invitation for both sides."""
    _tell(call, dossier, "invitation", "REQUEST")


def call_off(call: Call, dossier: Dossier, *, rebook: bool) -> None:
    """Queue the cancellation for both sides; `rebook` tells the applicant that we will propose another time."""
    _tell(call, dossier, "cancelled", "CANCEL", rebook=rebook)


def _tell(call: Call, dossier: Dossier, letter: str, method: str, **more: object) -> None:
    minutes = int((call.ends_at - call.starts_at).total_seconds() // 60)
    for template, address, name, locale in (
        (f"calls/{letter}", dossier.email, dossier.applicant, dossier.locale),
        (f"calls/{letter}_staff", call.staff.email, call.staff.name, call.staff.locale),
    ):
        with force_locale(locale):
            starts = long_moment(call.starts_at.astimezone(JAKARTA), locale)
            ics = _calendar(call, dossier, method, address, name)
        queue_letter(
            template,
            to=address,
            locale=locale,
            context={
                "name": name,
                "applicant": dossier.applicant,
                "reference": dossier.reference,
                "agent": call.staff.name,
                "starts": starts,
                "minutes": minutes,
                "join_url": call.join_url,
                **more,
            },
            dossier_id=dossier.id,
            calendar=(method, ics),
            automatic=True,
        )


def _calendar(call: Call, dossier: Dossier, method: str, address: str, name: str) -> str:
    settings = current_app.extensions["desk_settings"]
    event = CallEvent(
        uid=call.calendar_uid,
        sequence=call.sequence,
        start=call.starts_at,
        end=call.ends_at,
        summary=gettext("Xignature video call · %(reference)s", reference=dossier.reference),
        description=gettext(
            "Please have your passport and your KITAS with you. Join here: %(url)s", url=call.join_url
        ),
        organizer_name="Xignature",
        organizer_address=settings.support_address,
        attendee_name=name,
        attendee_address=address,
        url=call.join_url,
        stamp=now(),
    )
    return (invitation(event) if method == "REQUEST" else cancellation(event)).decode()
