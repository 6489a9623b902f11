"""Forms of the calls' screens. Times are typed as they are in Jakarta."""

from __future__ import annotations

from datetime import datetime

from flask import request
from flask_babel import lazy_gettext
from wtforms import (
    DateField,
    HiddenField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
    URLField,
)
from wtforms.validators import InputRequired, Length

from app.calls import lifecycle
from app.calls.checklist import KEYS
from app.kernel.clock import JAKARTA
from app.kernel.forms import DeskForm, clean, plain_text

MINUTES = (15, 20, 30, 45, 60, 90)
DEFAULT_MINUTES = 30


class BookingForm(DeskForm):
    """When, with whom and where; which of it can be, book.py alone decides."""

    date = DateField(lazy_gettext("Date"), validators=[InputRequired()])
    time = TimeField(lazy_gettext("Time in Jakarta (WIB)"), validators=[InputRequired()])
    minutes = SelectField(
        lazy_gettext("Duration"),
        coerce=int,
        choices=[SelectChoice(n, lazy_gettext("%(n)s minutes", n=n)) for n in MINUTES],
    )
    staff = SelectField(lazy_gettext("Held by"), coerce=int)
    join_url = URLField(
        lazy_gettext("Link of the meeting"),
        filters=[clean],
        validators=[InputRequired(), Length(max=500), plain_text],
    )

    @property
    def starts_at(self) -> datetime:
        """Date and time as one aware moment."""
        assert self.date.data is not None and self.time.data is not None
        return datetime.combine(self.date.data, self.time.data, JAKARTA)


class OutcomeForm(DeskForm):
    """What came out of a call; the items' answers are posted as item-<key>.

    `seen` is the version of the applicant's data that the page showed beside the items.
    """

    seen = HiddenField()
    outcome = SelectField(
        lazy_gettext("Outcome"),
        choices=[SelectChoice(outcome, lifecycle.LABELS[outcome]) for outcome in lifecycle.OUTCOMES],
        validators=[InputRequired(lazy_gettext("Please choose an outcome."))],
        validate_choice=False,
    )
    note = TextAreaField(
        lazy_gettext("Note"),
        filters=[clean],
        validators=[
            InputRequired(lazy_gettext("Please write a note about the call.")),
            Length(max=4000),
            plain_text,
        ],
    )

    @property
    def answers(self) -> dict[str, str]:
        """What was ticked, by the item's key; nothing for an item that is open."""
        return {key: request.form.get(f"item-{key}", "") for key in KEYS}


class CancelForm(DeskForm):
    """Why a call is cancelled."""

    reason = StringField(
        lazy_gettext("Reason"), filters=[clean], validators=[InputRequired(), Length(max=2000), plain_text]
    )
