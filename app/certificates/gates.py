"""What must hold before a certificate is issued, as data: shown as a checklist, tested again when it is signed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from flask import current_app
from flask_babel import lazy_gettext

from app.accounts import lifecycle as account_lifecycle
from app.accounts.models import Account
from app.certificates.find import approval_of, open_key
from app.dossiers import lifecycle as dossier_lifecycle
from app.dossiers.models import Dossier
from app.kernel.clock import JAKARTA, now
from app.kernel.database import fetch


@dataclass(frozen=True)
class Gate:
    """One condition. `closed` is the sentence that says what is missing and who can mend it."""

    key: str
    label: object
    closed: object
    test: Callable[[Account, Dossier], bool]


@dataclass(frozen=True)
class GateState:
    """A gate as it is now for one account."""

    key: str
    label: object
    open: bool
    sentence: object


def _approved(_account: Account, dossier: Dossier) -> bool:
    if dossier.status not in (dossier_lifecycle.APPROVED, dossier_lifecycle.ISSUED):
        return False
    approval = approval_of(dossier.id)
    days = current_app.extensions["desk_settings"].approval_valid_days
    return bool(approval and approval.decided_at and approval.decided_at + timedelta(days=days) > now())


def _documents_valid(_account: Account, dossier: Dossier) -> bool:
    today: date = now().astimezone(JAKARTA).date()
    return all(on is None or on > today for on in (dossier.passport_expires_on, dossier.kitas_expires_on))


GATES = (
    Gate(
        "approved",
        lazy_gettext("Approved by a supervisor"),
        lazy_gettext("There is no valid approval: a supervisor decides on the dossier."),
        _approved,
    ),
    Gate(
        "documents",
        lazy_gettext("Passport and KITAS valid today"),
        lazy_gettext("Passport or KITAS has expired: ask the applicant for the renewed document."),
        _documents_valid,
    ),
    Gate(
        "activated",
        lazy_gettext("Account activated"),
        lazy_gettext("The account is not activated: the applicant opens the link of the activation letter."),
        lambda account, _dossier: account.status == account_lifecycle.ACTIVE,
    ),
    Gate(
        "key",
        lazy_gettext("Key made by the owner"),
        lazy_gettext("The owner has not made a key yet: the owner's page, linked in the letter, makes it."),
        lambda account, _dossier: open_key(account.id) is not None,
    ),
)


def gates_of(account: Account) -> list[GateState]:
    """Every gate with its state, in the order in which they usually open."""
    dossier = fetch(Dossier, account.dossier_id)
    return [GateState(gate.key, gate.label, gate.test(account, dossier), gate.closed) for gate in GATES]


def every_gate_open(account: Account) -> bool:
    """Tell whether a certificate may be issued now."""
    return all(gate.open for gate in gates_of(account))
