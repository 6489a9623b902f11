"""Who may do what. Roles combine, except that nobody is both administrator and agent or supervisor."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext

from app.kernel.permissions import Permission


class RoleName(StrEnum):
    """The four roles."""

    ADMINISTRATOR = "administrator"
    AGENT = "agent"
    AUDITOR = "auditor"
    SUPERVISOR = "supervisor"


ROLE_LABELS: dict[str, Any] = {
    RoleName.ADMINISTRATOR: lazy_gettext("Administrator"),
    RoleName.AGENT: lazy_gettext("Agent"),
    RoleName.AUDITOR: lazy_gettext("Auditor"),
    RoleName.SUPERVISOR: lazy_gettext("Supervisor"),
}

_READING = {
    Permission.ACCOUNTS_READ,
    Permission.APPROVALS_READ,
    Permission.CALLS_READ,
    Permission.CERTIFICATES_READ,
    Permission.CONVERSATIONS_READ,
    Permission.DESK_ENTER,
    Permission.DOCUMENTS_SEE,
    Permission.DOSSIERS_READ,
    Permission.LETTERS_READ,
}
_WORKING = _READING | {
    Permission.ACTIVATION_RESEND,
    Permission.CALLS_HOLD,
    Permission.CONVERSATIONS_WRITE,
    Permission.DOSSIERS_REVIEW,
    Permission.MACROS_EDIT,
}

PERMISSIONS: dict[str, frozenset[Permission]] = {
    RoleName.AGENT: frozenset(_WORKING),
    RoleName.SUPERVISOR: frozenset(
        _WORKING | {Permission.APPROVALS_DECIDE, Permission.DOSSIERS_REJECT, Permission.QUARANTINE_OPEN}
    ),
    RoleName.ADMINISTRATOR: frozenset(
        {Permission.DESK_ENTER, Permission.HEALTH_READ, Permission.STAFF_MANAGE}
    ),
    RoleName.AUDITOR: frozenset(
        {
            Permission.ACCOUNTS_READ,
            Permission.CERTIFICATES_READ,
            Permission.DESK_ENTER,
            Permission.DOSSIERS_READ,
            Permission.LETTERS_READ,
            Permission.TRAIL_READ,
        }
    ),
}


def permissions_of(roles: Iterable[str]) -> frozenset[Permission]:
    """The union of what these roles allow; an unknown role allows nothing."""
    return frozenset().union(*(PERMISSIONS.get(role, frozenset()) for role in roles))


def combinable(roles: Iterable[str]) -> bool:
    """False for an administrator who would also be agent or supervisor."""
    chosen = set(roles)
    return not (RoleName.ADMINISTRATOR in chosen and chosen & {RoleName.AGENT, RoleName.SUPERVISOR})


def far_reaching(roles: Iterable[str]) -> bool:
    """True for roles that one administrator cannot give alone: supervisor and administrator."""
    return bool(set(roles) & {RoleName.SUPERVISOR, RoleName.ADMINISTRATOR})
