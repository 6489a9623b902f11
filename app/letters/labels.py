"""How letters are called on screens."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

KINDS = {
    "accounts/activation": lazy_gettext("Activation"),
    "calls/cancelled": lazy_gettext("Video call cancelled"),
    "calls/cancelled_staff": lazy_gettext("Video call cancelled (to the agent)"),
    "calls/invitation": lazy_gettext("Invitation to the video call"),
    "calls/invitation_staff": lazy_gettext("Invitation to the video call (to the agent)"),
    "certificates/issued": lazy_gettext("Certificate issued"),
    "certificates/make_key": lazy_gettext("Make your key"),
    "conversations/received": lazy_gettext("Receipt"),
    "conversations/reply": lazy_gettext("Answer"),
    "dossiers/ask_again": lazy_gettext("Documents asked for again"),
    "dossiers/received": lazy_gettext("Acknowledgement"),
    "dossiers/rejected": lazy_gettext("Application rejected"),
    "intake/too_large": lazy_gettext("Message was too large"),
    "staff/powers_given": lazy_gettext("Far-reaching roles were given (to supervisors)"),
}


def kind_label(kind: str) -> Any:
    """The name of a letter in the reader's language; of an unknown one, its template's."""
    return KINDS.get(kind, kind)
