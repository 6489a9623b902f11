"""The form of a decision."""

from __future__ import annotations

from flask_babel import lazy_gettext
from wtforms import BooleanField, HiddenField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.kernel.errors import InvalidInput
from app.kernel.forms import DeskForm, clean, plain_text

DECISIONS = ("approve", "send_back", "reject")


class DecisionForm(DeskForm):
    """What is decided, why, and on exactly what: `request_digest` names the evidence that the page showed."""

    decision = HiddenField()
    request_digest = HiddenField()
    new_call = BooleanField(lazy_gettext("When sent back: hold another call"))
    note = TextAreaField(
        lazy_gettext("Note"),
        filters=[clean],
        validators=[
            InputRequired(lazy_gettext("Please write a note: it stays with the decision.")),
            Length(max=4000),
            plain_text,
        ],
    )

    @property
    def chosen(self) -> str:
        """One of DECISIONS, or InvalidInput."""
        if self.decision.data not in DECISIONS:
            raise InvalidInput
        return str(self.decision.data)
