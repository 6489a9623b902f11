"""What a calendar program answered to the invitation to a call (RFC 5546)."""

from __future__ import annotations

from app.audit.record import record
from app.calls.models import Call
from app.kernel.actors import SYSTEM
from app.kernel.database import fetch, use_case

_VERBS = {
    "accepted": "call.invitation_accepted",
    "counter": "call.invitation_countered",
    "declined": "call.invitation_declined",
    "tentative": "call.invitation_tentative",
}
# What somebody has to see to: the time does not suit.
UNSUITED = ("counter", "declined")


@use_case
def note_answer(call_id: int, answer: str) -> bool:
    """Write it down beside the call, whose booking stands: a program's answer cancels nothing. True if the time does not suit.

    `answer` is a PARTSTAT in small letters or 'counter'; one that says nothing is not written down.
    """
    call = fetch(Call, call_id)
    if answer in _VERBS:
        record(_VERBS[answer], actor=SYSTEM, subject=call, dossier_id=call.dossier_id)
    return answer in UNSUITED
