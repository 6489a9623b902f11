"""The left rail: the sections this person may open, with what waits in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from babel.dates import format_datetime
from flask import Flask, request, url_for
from flask_babel import lazy_gettext
from flask_login import current_user

from app.conversations.undo import leaving
from app.desk import counts
from app.desk.inbox_views import unseen_mentions
from app.dossiers.saved_views import count_label, count_of
from app.kernel.access import current_actor
from app.kernel.actors import Actor
from app.kernel.clock import JAKARTA, now
from app.kernel.due import office_words
from app.kernel.locale import language
from app.kernel.office import calendar
from app.kernel.permissions import Permission

# Screens without a place of their own in the rail.
WITHIN = {"workbench": "dossiers", "documents": "dossiers"}


@dataclass(frozen=True)
class Section:
    """One section; `count` answers a number or None, `mark` stands beside it, a `loud` one is in the accent of what waits."""

    key: str
    label: Any
    endpoint: str
    permission: Permission
    count: Callable[[Actor], int | None] = lambda _actor: None
    loud: bool = False
    mark: Callable[[Actor], str] = lambda _actor: ""


SECTIONS = (
    Section("home", lazy_gettext("Home"), "home.index", Permission.DESK_ENTER),
    Section(
        "conversations",
        lazy_gettext("Inbox"),
        "conversations.index",
        Permission.CONVERSATIONS_READ,
        lambda _actor: counts.open_conversations(),
        loud=True,
        mark=lambda actor: _called_in(actor),
    ),
    Section(
        "dossiers",
        lazy_gettext("Dossiers"),
        "dossiers.index",
        Permission.DOSSIERS_READ,
        lambda actor: count_of("to_review", actor=actor),
    ),
    Section(
        "calls",
        lazy_gettext("Calls"),
        "calls.index",
        Permission.CALLS_READ,
        lambda _actor: counts.calls_today(),
    ),
    Section(
        "approvals",
        lazy_gettext("Approvals"),
        "approvals.index",
        Permission.APPROVALS_READ,
        lambda actor: counts.pending_approvals(
            actor if Permission.APPROVALS_DECIDE in actor.permissions else None
        ),
        loud=True,
    ),
    Section("accounts", lazy_gettext("Accounts"), "accounts.index", Permission.ACCOUNTS_READ),
    Section("certificates", lazy_gettext("Certificates"), "certificates.index", Permission.CERTIFICATES_READ),
    Section(
        "letters",
        lazy_gettext("Letters"),
        "letters.index",
        Permission.LETTERS_READ,
        lambda _actor: counts.letters_in_trouble(),
        loud=True,
    ),
    Section(
        "quarantine",
        lazy_gettext("Quarantine"),
        "quarantine.index",
        Permission.QUARANTINE_OPEN,
        lambda _actor: counts.quarantined_mail(),
        loud=True,
    ),
    Section("health", lazy_gettext("Health"), "health.index", Permission.HEALTH_READ),
    Section("trail", lazy_gettext("Trail"), "trail.index", Permission.TRAIL_READ),
    Section("staff", lazy_gettext("Staff"), "staff.index", Permission.STAFF_MANAGE),
)


def init_app(app: Flask) -> None:
    """Give every template of a signed-in person the frame's context."""
    app.context_processor(_frame)


def sections_for(actor: Actor) -> list[dict[str, Any]]:
    """The rail's items with address, count and tone."""
    here = (request.blueprint or "") if request else ""
    here = WITHIN.get(here, here)
    return [
        {
            "key": section.key,
            "label": section.label,
            "url": url_for(section.endpoint),
            "active": here == section.key,
            **_counted(section, actor),
        }
        for section in SECTIONS
        if section.permission in actor.permissions
    ]


def _counted(section: Section, actor: Actor) -> dict[str, str]:
    count, mark = section.count(actor), section.mark(actor)
    shown = " ".join(part for part in (count_label(count) if count else "", mark) if part)
    return {"count": shown, "tone": "warn" if shown and section.loud else ""}


def _called_in(actor: Actor) -> str:
    """In how many conversations a colleague waits for this person, as @2."""
    called = unseen_mentions(actor)
    return f"@{counts.label(called)}" if called else ""


def _frame() -> dict[str, Any]:
    if not current_user or not current_user.is_authenticated:
        return {"language": language()}
    actor = current_actor()
    local = now().astimezone(JAKARTA)
    written = format_datetime(local, "EEEE d MMMM y · HH:mm", locale=language()) + " WIB"
    return {
        "language": language(),
        # Called by the frame only, so that pictures and downloads do not count anything.
        "rail": LazyRail(actor),
        # Outside working hours nothing that is due moves on; that stands where the time does.
        "now_label": written if calendar().is_open(local) else f"{written} · {office_words()[0]}",
        "can_take_next": Permission.DOSSIERS_REVIEW in actor.permissions,
        "can_search": Permission.DOSSIERS_READ in actor.permissions,
        "counts_url": url_for("home.counts"),
        "leaving_answers": lambda: leaving_answers(actor),
    }


def leaving_answers(actor: Actor) -> list[dict[str, Any]]:
    """This person's answers that may still be taken back, for the bar that says so on every screen."""
    if Permission.CONVERSATIONS_WRITE not in actor.permissions:
        return []
    return [
        {
            "to": letter.to_address,
            "message_id": message.id,
            "seconds": max(0, int((letter.due_at - now()).total_seconds())) if letter.due_at else 0,
            "at_label": f"{letter.due_at.astimezone(JAKARTA):%H:%M:%S}" if letter.due_at else "",
            "undo_url": url_for("conversations.undo", reference=message.conversation.reference),
        }
        for message, letter in leaving(actor.id)
    ]


class LazyRail:
    """The rail's items, counted when a template first walks over them."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor

    def __iter__(self) -> Any:
        return iter(sections_for(self._actor))
