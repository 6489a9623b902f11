"""What the libraries say to people. They bring no Indonesian, so their sentences are translated with our own.

Babel finds the strings here; a convention test holds them against the libraries' own.
"""

from __future__ import annotations

from flask_babel import gettext

from app.kernel.locale import N_

WTFORMS = (
    N_("This field is required."),
    N_("Field cannot be longer than %(max)d character."),
    N_("Field cannot be longer than %(max)d characters."),
    N_("Not a valid choice."),
    N_("Not a valid date value."),
    N_("Not a valid time value."),
)
SECURITY = (
    N_("You do not have permission to view this resource."),
    N_("You must sign in to view this resource."),
    N_("Please log in to access this page."),
    N_("You can only access this endpoint when not logged in."),
    N_("Authentication failed - identity or password/passcode invalid"),
    N_("Account is disabled."),
    N_("Email not provided"),
    N_("Invalid email address"),
    N_("Specified user does not exist"),
    N_("Password not provided"),
    N_("Invalid password"),
    N_("Password must be at least %(length)s characters"),
    N_("Passwords do not match"),
    N_("Your new password must be different than your previous password."),
    N_("You successfully changed your password."),
)


class FormWords:
    """WTForms' own sentences in the language of the request; the interface is WTForms'."""

    def gettext(self, english: str) -> str:
        """One sentence, its placeholders still in it."""
        return str(gettext(english))

    def ngettext(self, one: str, many: str, number: int) -> str:
        """The sentence for this number, its placeholders still in it."""
        return self.gettext(one if number == 1 else many)
