"""What the screen of one letter shows: the context of templates/letters/letter.html."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from app.kernel.access import may
from app.kernel.database import Model, db
from app.kernel.locale import age, moment
from app.kernel.permissions import Permission
from app.letters import lifecycle, problems
from app.letters.labels import kind_label
from app.letters.models import Letter, LetterEvent
from app.letters.paths import LINK_PLACEHOLDER

Row = dict[str, Any]


def page(letter: Letter) -> Row:
    """The whole screen. A personal link is never shown: its token exists in the mail only."""
    again = letter.status in lifecycle.TROUBLE and may(Permission.CONVERSATIONS_WRITE)
    return {
        "letter": _head(letter),
        "text": letter.text.replace(LINK_PLACEHOLDER, _("[a personal link, known to its reader only]")),
        "enclosed": _enclosed(letter),
        "steps": _steps(letter),
        "about": [row for row in (_named(letter, "dossier"), _named(letter, "conversation")) if row],
        "retry_url": url_for("letters.again", letter_id=letter.id) if again else None,
    }


def _head(letter: Letter) -> Row:
    return {
        "kind_label": kind_label(letter.kind),
        "subject": letter.subject,
        "to": letter.to_address,
        "sender": letter.sender,
        "locale": letter.locale,
        "language_label": _("Indonesian") if letter.locale == "id" else _("English"),
        "automatic": letter.automatic,
        "state_label": lifecycle.LABELS[letter.status],
        "tone": lifecycle.TONES[letter.status],
        "age": age(letter.sent_at or letter.created_at),
        "problem": problems.sentence(letter.problem) or None,
    }


def _enclosed(letter: Letter) -> list[str]:
    return [_("Invitation to a calendar")] if letter.calendar else []


def _steps(letter: Letter) -> list[Row]:
    events = db.session.scalars(
        select(LetterEvent).where(LetterEvent.letter_id == letter.id).order_by(LetterEvent.id)
    )
    return [
        {
            "at_label": moment(event.at),
            "state_label": lifecycle.STEPS.get(event.what, event.what),
            "tone": lifecycle.TONES.get(event.what, "quiet"),
            "said": problems.sentence(event.said),
        }
        for event in events
    ]


def _named(letter: Letter, table: str) -> Row | None:
    """Reference and address of what the letter is about. Both lie in higher rooms, so they are read by their table's name."""
    key = getattr(letter, f"{table}_id")
    rows = Model.metadata.tables[table]
    reference = db.session.scalar(select(rows.c.reference).where(rows.c.id == key)) if key else None
    if reference is None:
        return None
    screen = {"dossier": "workbench.show", "conversation": "conversations.show"}[table]
    readable = {"dossier": Permission.DOSSIERS_READ, "conversation": Permission.CONVERSATIONS_READ}[table]
    return {
        "label": {"dossier": _("Dossier"), "conversation": _("Conversation")}[table],
        "reference": reference,
        "url": url_for(screen, reference=reference) if may(readable) else None,
    }
