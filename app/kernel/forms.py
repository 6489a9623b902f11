"""Base of every form: CSRF always, and a clear refusal when it does not validate."""

from __future__ import annotations

import re
import unicodedata
from typing import Self

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import ValidationError
from wtforms.fields import Field

from app.kernel.errors import InvalidInput
from app.kernel.library_words import FormWords

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class DeskForm(FlaskForm):
    """A form with CSRF; `checked()` returns itself or raises InvalidInput naming the first problem."""

    class Meta(FlaskForm.Meta):
        """WTForms speaks the language of the request too."""

        def get_translations(self, form: FlaskForm) -> FormWords:
            """Where the sentences of fields and validators come from."""
            return FormWords()

    def checked(self) -> Self:
        """This form when it is valid, else InvalidInput with field label and problem."""
        if self.validate_on_submit():
            return self
        for name, problems in self.errors.items():
            field = self._fields.get(name)
            label = getattr(getattr(field, "label", None), "text", "") or ""
            raise InvalidInput(f"{label}: {problems[0]}" if label else str(problems[0]))
        raise InvalidInput


def clean(value: str | None) -> str:
    """Filter for text fields: NFC, no surrounding space, line breaks as LF."""
    return unicodedata.normalize("NFC", value or "").replace("\r\n", "\n").strip()


def plain_text(form: DeskForm, field: Field) -> None:
    """Validator: refuse control and direction-changing characters, which make text read as something else."""
    if CONTROL.search(field.data or ""):
        raise ValidationError(lazy_gettext("contains characters that cannot be shown; please type it again."))
