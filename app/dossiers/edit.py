"""Edit the applicant's data: what an agent read from the documents. The address that links go to is not among them."""

from __future__ import annotations

import hashlib
from typing import Any

from flask_babel import lazy_gettext

from app.audit.record import canonical, record
from app.dossiers import lifecycle
from app.dossiers.applicant import LABELS, cleaned
from app.dossiers.evidence import touch
from app.dossiers.makers import add_maker
from app.dossiers.models import Dossier
from app.dossiers.progress import progress
from app.dossiers.readiness import data_problems, sentence
from app.kernel import events
from app.kernel.actors import Actor
from app.kernel.database import db, lock, use_case
from app.kernel.errors import InvalidInput, Refused, Stale
from app.kernel.permissions import Permission

FIELDS = tuple(LABELS)
# The verb of such an edit in the trail.
EDIT = "dossier.edit"
# A review vouched for complete data: from here on they may be corrected, not emptied.
_VOUCHED_FOR = (lifecycle.AWAITING_CALL, lifecycle.CALL_BOOKED)


@use_case
def edit_applicant(
    dossier_id: int, *, values: dict[str, Any], actor: Actor, version: str | None = None
) -> Dossier:
    """Set some of FIELDS (dates as dates). Whoever changes something becomes a maker, a pending approval is void.

    `version` is what `applicant_version` said when the form was made: Stale when somebody edited since. Raises
    InvalidInput, Refused after approval. Emits dossier.edited (dossier_id).
    """
    actor.must(Permission.DOSSIERS_REVIEW)
    if not set(values) <= set(FIELDS):
        raise InvalidInput
    dossier = lock(Dossier, dossier_id)
    if version is not None and version != applicant_version(dossier):
        raise Stale
    changes = _changes(dossier, values)
    if changes:
        _write(dossier, changes, actor)
    return dossier


def applicant_version(dossier: Dossier) -> str:
    """A short digest of the data as they are; a form carries it, so that nobody overwrites what they never saw."""
    return hashlib.sha256(canonical([getattr(dossier, field) for field in FIELDS])).hexdigest()[:16]


def _changes(dossier: Dossier, values: dict[str, Any]) -> dict[str, Any]:
    tidy = {field: cleaned(field, value) for field, value in values.items()}
    return {field: value for field, value in tidy.items() if getattr(dossier, field) != value}


def _write(dossier: Dossier, changes: dict[str, Any], actor: Actor) -> None:
    if dossier.status not in lifecycle.BEFORE_APPROVAL:
        raise Refused(lazy_gettext("The data can no longer be changed: this dossier has been decided on."))
    touch(dossier, actor=actor)
    before = {field: getattr(dossier, field) for field in changes}
    for field, value in changes.items():
        setattr(dossier, field, value)
    _keep_complete(dossier)
    db.session.flush()
    add_maker(dossier.id, actor=actor, part="editor")
    details = {"before": before, "after": changes}
    record(EDIT, actor=actor, subject=dossier, dossier_id=dossier.id, details=details)
    events.emit("dossier.edited", dossier_id=dossier.id)
    progress(dossier.id)


def _keep_complete(dossier: Dossier) -> None:
    if dossier.status in _VOUCHED_FOR and (problems := data_problems(dossier)):
        raise Refused(sentence(problems))
