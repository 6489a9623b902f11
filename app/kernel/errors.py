"""Refusals a person can read. Views and verbs let them bubble; the app turns them into a page or JSON."""

from __future__ import annotations

from flask_babel import lazy_gettext


class DeskError(Exception):
    """A refusal with a status and a translated sentence; carries no personal data."""

    status = 400
    default = lazy_gettext("This cannot be done.")

    def __init__(self, message: object | None = None) -> None:
        super().__init__(type(self).__name__)
        self.message = self.default if message is None else message


class InvalidInput(DeskError):
    """Raised when what a person sent cannot be understood or is out of bounds (400)."""

    status = 400
    default = lazy_gettext("Something in the form is not right. Please check it and send it again.")


class NotPermitted(DeskError):
    """Raised when this person may not do this (403)."""

    status = 403
    default = lazy_gettext("Your role does not allow this.")


class NotFound(DeskError):
    """Raised when the thing asked for does not exist or may not be seen by this person (404)."""

    status = 404
    default = lazy_gettext("There is nothing here. The address may be wrong or the thing may have moved.")


class Refused(DeskError):
    """Raised when the state of things does not allow the act (409)."""

    status = 409
    default = lazy_gettext("This is not possible in the present state.")


class Stale(Refused):
    """Raised when somebody else changed the thing first (409); nothing was changed by this request."""

    default = lazy_gettext(
        "Somebody was faster: this has changed since you opened it. Nothing was changed now."
    )


class TooMany(DeskError):
    """Raised when a limit is reached (429)."""

    status = 429
    default = lazy_gettext("Too many attempts. Please wait a while and try again.")
