"""Forms of the pages without a sign-in."""

from __future__ import annotations

from flask_babel import lazy_gettext
from wtforms import EmailField, HiddenField
from wtforms.validators import Email, InputRequired, Length

from app.kernel.forms import DeskForm, clean


class PressForm(DeskForm):
    """Nothing but a button."""


class ResendForm(DeskForm):
    """The address somebody registered with, and the solved task of the check."""

    email = EmailField(
        lazy_gettext("E-mail address"),
        filters=[clean],
        validators=[
            InputRequired(lazy_gettext("Please enter the address.")),
            Length(max=254),
            Email(lazy_gettext("Please enter one e-mail address, such as name@example.com.")),
        ],
    )
    proof = HiddenField()
