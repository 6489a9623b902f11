"""Forms of a dossier. What a value must look like is said in applicant.py only."""

from __future__ import annotations

from datetime import date
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext
from wtforms import DateField, SelectChoice, SelectField, StringField, ValidationError
from wtforms.validators import InputRequired, Length
from wtforms.validators import Optional as MayBeEmpty

from app.dossiers.applicant import LABELS, cleaned, kitas_warning, phone_number
from app.dossiers.edit import FIELDS
from app.dossiers.models import Dossier
from app.kernel.errors import InvalidInput
from app.kernel.forms import DeskForm, clean, plain_text


def by_rule(form: DeskForm, field: Any) -> None:
    """Validator: the applicant's data's own rule for the field of this name."""
    try:
        cleaned(field.short_name, field.data)
    except InvalidInput as refusal:
        raise ValidationError(str(refusal.message)) from None


def _text(name: str) -> StringField:
    return StringField(LABELS[name], filters=[clean], validators=[by_rule])


def _date(name: str) -> DateField:
    return DateField(LABELS[name], validators=[MayBeEmpty(), by_rule])


class ApplicantForm(DeskForm):
    """What an agent read from the documents. A field that was not sent stays as it is."""

    surname = _text("surname")
    given_names = _text("given_names")
    passport_number = _text("passport_number")
    passport_country = _text("passport_country")
    nationality = _text("nationality")
    birth_date = _date("birth_date")
    passport_expires_on = _date("passport_expires_on")
    kitas_number = _text("kitas_number")
    kitas_expires_on = _date("kitas_expires_on")
    company = _text("company")
    phone = _text("phone")

    def values(self) -> dict[str, Any]:
        """What `edit_applicant` takes: the fields that were sent."""
        sent: dict[str, Any] = {name: self[name] for name in FIELDS if self[name].raw_data}
        return {name: field.data for name, field in sent.items()}

    def warnings(self) -> list[str]:
        """Sentences about values that are kept all the same."""
        warning = kitas_warning((self.kitas_number.data or "").upper())
        return [str(warning)] if warning else []

    @classmethod
    def of(cls, dossier: Dossier) -> ApplicantForm:
        """The form filled with a dossier's data."""
        kept: dict[str, str | date | None] = {name: getattr(dossier, name) for name in FIELDS}
        return cls(formdata=None, data=kept)


class NewDossierForm(DeskForm):
    """A dossier opened by hand. The address cannot be changed later: links go there only."""

    name = StringField(
        lazy_gettext("Name"), filters=[clean], validators=[InputRequired(), Length(max=200), plain_text]
    )
    email = StringField(
        lazy_gettext("E-mail address"), filters=[clean], validators=[InputRequired(), Length(max=254)]
    )
    phone = StringField(lazy_gettext("Phone"), filters=[clean], validators=[Length(max=40)])
    locale = SelectField(
        lazy_gettext("Language of the letters"),
        choices=[
            SelectChoice(value="en", label=lazy_gettext("English")),
            SelectChoice(value="id", label=lazy_gettext("Indonesian")),
        ],
    )

    def validate_email(self, field: Any) -> None:
        """An address that a letter can go to."""
        try:
            validate_email(field.data or "", check_deliverability=False, test_environment=True)
        except EmailNotValidError:
            raise ValidationError(lazy_gettext("This is not an e-mail address.")) from None

    def validate_phone(self, field: Any) -> None:
        """A number that can be called, or nothing."""
        try:
            phone_number(field.data)
        except InvalidInput as refusal:
            raise ValidationError(str(refusal.message)) from None
