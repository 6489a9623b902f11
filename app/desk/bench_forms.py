"""Forms of the workbench. Each carries `seen`, the version of what its page showed (app.desk.seen)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from flask_babel import lazy_gettext
from flask_wtf.file import MultipleFileField
from werkzeug.datastructures import FileStorage
from wtforms import HiddenField, SelectChoice, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.validators import Optional as MayBeEmpty

from app.documents.kinds import DocumentKind
from app.documents.labels import CHANNELS, KINDS
from app.dossiers.ask_again import Request
from app.dossiers.close import REJECTION_LABELS, RejectionReason
from app.dossiers.forms import ApplicantForm
from app.kernel.errors import NotFound
from app.kernel.forms import DeskForm, clean, plain_text

REASON_PREFIX = "reason-"
MOST_FILES = 20


def _choices(labels: Mapping[Any, Any]) -> list[SelectChoice]:
    return [SelectChoice(value=str(value), label=label) for value, label in labels.items()]


class SeenForm(DeskForm):
    """A button that does something to what is shown."""

    seen = HiddenField(validators=[InputRequired(), Length(max=64)])


class KindForm(SeenForm):
    """What a document is."""

    kind = SelectField(lazy_gettext("Kind"), choices=_choices(KINDS))


class ReasonForm(SeenForm):
    """An act that needs a reason; it stays in the trail."""

    reason = TextAreaField(
        lazy_gettext("Reason"), filters=[clean], validators=[DataRequired(), Length(max=2000), plain_text]
    )


class RejectForm(ReasonForm):
    """Why there is no way on, and what the applicant is told beyond the plain letter."""

    choice = SelectField(lazy_gettext("Kind of reason"), choices=_choices(REJECTION_LABELS))
    text = TextAreaField(
        lazy_gettext("To the applicant"), filters=[clean], validators=[Length(max=2000), plain_text]
    )

    @property
    def code(self) -> RejectionReason:
        """The chosen reason."""
        return RejectionReason(self.choice.data)


class AddressForm(DeskForm):
    """The applicant's own address, when it was not known."""

    email = StringField(
        lazy_gettext("E-mail address"), filters=[clean], validators=[InputRequired(), Length(max=254)]
    )


class WriteForm(SeenForm):
    """An answer to the applicant, or a note for the staff."""

    body = TextAreaField(
        lazy_gettext("Text"), filters=[clean], validators=[DataRequired(), Length(max=20_000), plain_text]
    )


class FileForm(SeenForm):
    """Files added by hand, and how they came. Without a kind each one's name is asked."""

    file = MultipleFileField(lazy_gettext("Files"))
    kind = SelectField(
        lazy_gettext("Kind"),
        choices=[SelectChoice(value="", label=lazy_gettext("by each file's name")), *_choices(KINDS)],
    )
    channel = SelectField(lazy_gettext("How it came"), choices=_choices(CHANNELS))
    comment = StringField(
        lazy_gettext("Where it came from"),
        filters=[clean],
        validators=[DataRequired(), Length(max=300), plain_text],
    )

    def validate_file(self, field: Any) -> None:
        """At least one, and not more than a person can look through at once."""
        self.uploads = [one for one in field.data or [] if isinstance(one, FileStorage) and one.filename]
        if not self.uploads:
            raise ValidationError(lazy_gettext("Choose at least one file."))
        if len(self.uploads) > MOST_FILES:
            raise ValidationError(lazy_gettext("Please add at most 20 files at once."))


class EditForm(ApplicantForm):
    """The applicant's data as read from the documents."""

    seen = HiddenField(validators=[InputRequired(), Length(max=64)])


class AskForm(SeenForm):
    """What to ask for again: ticked reasons by document, words of one's own; looked at first, then sent."""

    text = TextAreaField(filters=[clean], validators=[Length(max=2000), plain_text])
    step = SelectField(choices=["preview", "send"])
    preview_digest = HiddenField(validators=[MayBeEmpty(), Length(max=64)])

    def ticked(self) -> list[Request]:
        """What was ticked: (document id, or kind of one that is not there; codes of reasons)."""
        names = [name for name in request.form if name.startswith(REASON_PREFIX)]
        return [(_subject(name.removeprefix(REASON_PREFIX)), request.form.getlist(name)) for name in names]


def _subject(text: str) -> int | str:
    return text if text in list(DocumentKind) else document_id(text)


def document_id(text: str) -> int:
    """An id out of a form or an address; NotFound for what cannot be one."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotFound
    return int(text)
