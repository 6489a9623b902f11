"""Outside systems, one a file; endpoints are always settings, temporary and permanent errors apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app

if TYPE_CHECKING:
    from app.gateways.authority import Authority
    from app.gateways.mailbox import Mailbox
    from app.gateways.mailer import Mailer
    from app.gateways.vault import Vault


@dataclass(frozen=True, kw_only=True)
class Gateways:
    """Everything the desk talks to outside itself. Mailbox and authority are opened on demand.

    `open_mailbox(which, token=…, readonly=…, timeout=…)` makes the Mailbox of these settings, the first one by default.
    """

    vault: Vault
    mailer: Mailer
    open_mailbox: Callable[..., Mailbox]
    open_authority: Callable[[], Authority]


def gateways() -> Gateways:
    """The gateways of the running application."""
    found: Gateways = current_app.extensions["desk_gateways"]
    return found
