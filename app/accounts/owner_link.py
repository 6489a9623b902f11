"""The link to the owner's own page, where the key is made and the certificate seen."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app

from app.kernel import links
from app.kernel.database import use_case

OWNER = "certificate"


@use_case
def new_owner_link(account_id: int) -> str:
    """A new token for the owner's page; it is shown to nobody but the owner."""
    hours: int = current_app.extensions["desk_settings"].link_hours
    return links.issue(OWNER, account_id, valid=timedelta(hours=hours))
