"""The mailboxes on the health page, and the connection test's answer."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _

from app.intake.check_connection import Step
from app.intake.condition import Condition, Finding, conditions, token_ends
from app.kernel.errors import NotFound
from app.kernel.locale import age, day
from config import MailboxSettings

Row = dict[str, Any]


def mailbox_rows() -> list[Row]:
    """One row a mailbox; see templates/desk/health.html for the keys."""
    return [_row(one, number) for number, one in enumerate(conditions(), 1)]


def find_mailbox(name: str) -> MailboxSettings:
    """The mailbox of this name, or NotFound."""
    mailboxes: tuple[MailboxSettings, ...] = current_app.extensions["desk_settings"].mailboxes
    found = next((one for one in mailboxes if one.name == name), None)
    if found is None:
        raise NotFound
    return found


def _row(found: Condition, number: int) -> Row:
    state, which = found.state, found.which
    return {
        "name": which.name,
        "address": which.ledger_name,
        "findings": [_finding(one) for one in found.findings],
        "success": age(state.last_success_at),
        "mail": age(state.last_mail_at),
        "server": state.server_count,
        "known": state.known_count,
        "counted": age(state.counted_at),
        "sign_in": _sign_in(which),
        "after": _after(which),
        "test_url": url_for("health.check", called=which.name),
        "key": str(number) if number < 10 else None,
    }


def _finding(one: Finding) -> Row:
    return {"label": one.label, "tone": one.tone, "text": one.sentence, "age": age(one.since)}


def _sign_in(which: MailboxSettings) -> str:
    if which.tokens is None:
        return _("by password")
    ends = token_ends(which)
    return _("by token, until %(day)s", day=day(ends)) if ends else _("by token")


def _after(which: MailboxSettings) -> str:
    where = which.after.where
    return {
        "leave": _("filed mail is left as it is"),
        "seen": _("filed mail is marked as read"),
        "keyword": _("filed mail is marked %(where)s", where=where),
        "move": _("filed mail is moved to %(where)s", where=where),
    }[which.after.what]


def step_rows(steps: list[Step]) -> list[Row]:
    """The connection test's steps for the page."""
    words = {True: (_("done"), "good"), False: (_("failed"), "bad"), None: (_("not tried"), "calm")}
    return [
        {
            "label": one.label,
            "state_label": words[one.done][0],
            "tone": words[one.done][1],
            "text": one.sentence,
        }
        for one in steps
    ]
