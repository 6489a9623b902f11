"""All status changes of received mail, by compare-and-set: received → filed or quarantined; by hand back to received."""

from __future__ import annotations

from app.intake.models import ReceivedMail
from app.kernel.database import change_status

RECEIVED = "received"
FILED = "filed"
QUARANTINED = "quarantined"


def file_as(mail: ReceivedMail, message_id: int) -> bool:
    """received → filed, as this message."""
    return change_status(
        ReceivedMail, mail.id, was=RECEIVED, becomes=FILED, message_id=message_id, problem=None
    )


def quarantine(mail: ReceivedMail, problem: str) -> bool:
    """received → quarantined: somebody has to look at it. `problem` is a code of problems.py or an error's type."""
    return change_status(ReceivedMail, mail.id, was=RECEIVED, becomes=QUARANTINED, problem=problem)


def try_again(mail: ReceivedMail) -> bool:
    """quarantined → received, by hand; the attempts count anew."""
    return change_status(ReceivedMail, mail.id, was=QUARANTINED, becomes=RECEIVED, attempts=0, problem=None)
