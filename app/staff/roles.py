"""Who may do what. Roles combine, except that nobody is both administrator and agent or supervisor."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from app.kernel.permissions import Permission as P


class RoleName(StrEnum):
    """The four roles."""

    ADMINISTRATOR = "administrator"
    AGENT = "agent"
    AUDITOR = "auditor"
    SUPERVISOR = "supervisor"


_READING = {
    P.ACCOUNTS_READ,
    P.APPROVALS_READ,
    P.CALLS_READ,
    P.CERTIFICATES_READ,
    P.CONVERSATIONS_READ,
    P.DESK_ENTER,
    P.DOCUMENTS_SEE,
    P.DOSSIERS_READ,
    P.LETTERS_READ,
}
_WORKING = _READING | {P.ACTIVATION_RESEND, P.CALLS_HOLD, P.CONVERSATIONS_WRITE, P.DOSSIERS_REVIEW}

PERMISSIONS: dict[str, frozenset[P]] = {
    RoleName.AGENT: frozenset(_WORKING),
    RoleName.SUPERVISOR: frozenset(_WORKING | {P.APPROVALS_DECIDE, P.DOSSIERS_REJECT, P.QUARANTINE_OPEN}),
    RoleName.ADMINISTRATOR: frozenset({P.DESK_ENTER, P.HEALTH_READ, P.STAFF_MANAGE}),
    RoleName.AUDITOR: frozenset(
        {P.ACCOUNTS_READ, P.CERTIFICATES_READ, P.DESK_ENTER, P.DOSSIERS_READ, P.LETTERS_READ, P.TRAIL_READ}
    ),
}


def permissions_of(roles: Iterable[str]) -> frozenset[P]:
    """The union of what these roles allow; an unknown role allows nothing."""
    return frozenset().union(*(PERMISSIONS.get(role, frozenset()) for role in roles))


def combinable(roles: Iterable[str]) -> bool:
    """False for an administrator who would also be agent or supervisor."""
    chosen = set(roles)
    return not (RoleName.ADMINISTRATOR in chosen and chosen & {RoleName.AGENT, RoleName.SUPERVISOR})
