"""What can be permitted. Named `resource:action`, members in alphabetical order; see who holds what in app.staff.roles."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """A right to do one kind of thing to one kind of resource, named RESOURCE_ACTION = 'resource:action'."""

    ACCOUNTS_READ = "accounts:read"
    ACTIVATION_RESEND = "activation:resend"
    APPROVALS_DECIDE = "approvals:decide"
    APPROVALS_READ = "approvals:read"
    CALLS_HOLD = "calls:hold"
    CALLS_READ = "calls:read"
    CERTIFICATES_READ = "certificates:read"
    CONVERSATIONS_READ = "conversations:read"
    CONVERSATIONS_WRITE = "conversations:write"
    DESK_ENTER = "desk:enter"
    DOCUMENTS_SEE = "documents:see"
    DOSSIERS_READ = "dossiers:read"
    DOSSIERS_REJECT = "dossiers:reject"
    DOSSIERS_REVIEW = "dossiers:review"
    HEALTH_READ = "health:read"
    LETTERS_READ = "letters:read"
    MACROS_EDIT = "macros:edit"
    QUARANTINE_OPEN = "quarantine:open"
    STAFF_MANAGE = "staff:manage"
    TRAIL_READ = "trail:read"
