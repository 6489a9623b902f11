"""The brake on automatic letters: whatever writes to us, a machine in a loop gets few answers."""

from __future__ import annotations

import re
from datetime import timedelta

from app.kernel.limits import hit
from app.letters.models import Letter

AUTOMATIC_PER_HOUR = 5
AUTOMATIC_PER_DAY = 10
AUTOMATIC_PER_DOMAIN_HOUR = 40
AUTOMATIC_PER_PROVIDER_HOUR = 1000
# Many people who know nothing of each other write from these.
_BIG_PROVIDER = re.compile(
    r"(?:126|163|aol|fastmail|gmail|gmx|googlemail|hotmail|icloud|live|mail|me|msn|naver|outlook|proton|protonmail|qq"
    r"|web|yahoo|yandex|ymail)\.(?:com?\.)?[a-z]{2,3}"
)


def within_brake(letter: Letter) -> bool:
    """Count an automatic letter; False when it is to be held back. What the hour holds back does not use up the day."""
    name, address = f"automatic {letter.kind}", letter.to_address.lower()
    within = hit(name, address, most=AUTOMATIC_PER_HOUR, per=timedelta(hours=1)) and hit(
        f"{name} by day", address, most=AUTOMATIC_PER_DAY, per=timedelta(days=1)
    )
    return within and (letter.dossier_id is not None or _domain_within_brake(address))


def _domain_within_brake(address: str) -> bool:
    """A machine that writes from a new address each time writes from one domain still."""
    domain = address.rpartition("@")[2]
    most = AUTOMATIC_PER_PROVIDER_HOUR if _BIG_PROVIDER.fullmatch(domain) else AUTOMATIC_PER_DOMAIN_HOUR
    return hit("automatic by domain", domain, most=most, per=timedelta(hours=1))
