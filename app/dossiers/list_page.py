"""What the dossiers list shows of each dossier."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext

from app.dossiers import lifecycle
from app.dossiers.checklist import LABELS as ITEMS
from app.dossiers.checklist import missing_of
from app.dossiers.models import Dossier
from app.dossiers.next_step import next_steps
from app.dossiers.saved_views import PAGE, VIEWS, Cursor, count_label, count_of, is_late, rows_of
from app.kernel.actors import Actor
from app.kernel.errors import NotFound
from app.kernel.locale import age

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EMPTY = {
    "mine": (lazy_gettext("Nothing is assigned to you"), lazy_gettext("Press n to take the next dossier.")),
    "to_review": (
        lazy_gettext("Nothing to review"),
        lazy_gettext("Dossiers come here when every document has arrived."),
    ),
    "waiting": (
        lazy_gettext("Nobody has to send anything"),
        lazy_gettext("Dossiers with missing documents stand here until the applicant sends them."),
    ),
    "calls_today": (lazy_gettext("No call today"), lazy_gettext("Calls are scheduled on the workbench.")),
    "to_approve": (
        lazy_gettext("Nothing to approve"),
        lazy_gettext("Dossiers come here after the call in which the identity was confirmed."),
    ),
    "late": (lazy_gettext("Nothing is late"), lazy_gettext("Every dossier moves as it should.")),
    "all": (lazy_gettext("No dossier yet"), lazy_gettext("Dossiers come in by mail, or are opened by hand.")),
}


def page(key: str, after: str | None, *, actor: Actor) -> dict[str, Any]:
    """The list's own context for a view, from after the cursor of the address."""
    found = rows_of(key, actor=actor, after=read_cursor(after))
    shown = found[:PAGE]
    missing, steps = missing_of(shown), next_steps(shown)
    older = None
    if len(found) > PAGE:
        older = url_for("dossiers.index", view=key, after=cursor_of(shown[-1]))
    title, text = EMPTY[key]
    return {
        "views": [_tab(name, key, actor) for name in VIEWS],
        "rows": [_row(dossier, missing[dossier.id], steps[dossier.id]) for dossier in shown],
        "older_url": older,
        "empty": {"title": title, "text": text},
    }


def cursor_of(dossier: Dossier) -> str:
    """The place of a dossier in a list: microseconds of status_since, and its id."""
    return f"{(dossier.status_since - EPOCH) // timedelta(microseconds=1)}-{dossier.id}"


def read_cursor(text: str | None) -> Cursor | None:
    """The place that `cursor_of` wrote; NotFound for anything else."""
    if not text:
        return None
    since, _, key = text.partition("-")
    if not (since.isascii() and since.isdigit() and key.isascii() and key.isdigit()):
        raise NotFound
    if len(since) > 17 or int(key) >= 2**63:
        raise NotFound
    return EPOCH + timedelta(microseconds=int(since)), int(key)


def _tab(name: str, current: str, actor: Actor) -> dict[str, Any]:
    count = count_label(count_of(name, actor=actor))
    url = url_for("dossiers.index", view=name)
    return {"key": name, "label": VIEWS[name].label, "count": count, "url": url, "active": name == current}


def _row(dossier: Dossier, missing: list[str], step: str) -> dict[str, Any]:
    collecting = dossier.status == lifecycle.COLLECTING
    return {
        "id": dossier.id,
        "reference": dossier.reference,
        "url": f"/desk/workbench/{dossier.reference}",
        "applicant": dossier.applicant,
        "employer": dossier.company,
        "state_label": lifecycle.LABELS[dossier.status],
        "tone": lifecycle.TONES[dossier.status],
        "age": age(dossier.status_since),
        "missing": ", ".join(str(ITEMS[key]) for key in missing) if collecting else "",
        "owner": dossier.assigned_to.name if dossier.assigned_to else "",
        "next_step": step,
        "late": is_late(dossier),
    }
