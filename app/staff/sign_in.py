"""Sign-in with Flask-Security: argon2, lock-out after repeated failures, sessions that end everywhere on a sign-out."""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from flask_babel import gettext
from flask_login import user_logged_out
from flask_security import LoginForm, Security, SQLAlchemyUserDatastore, password_changed
from sqlalchemy import func, select

from app.audit.record import record
from app.kernel.access import PUBLIC, SIGNED_IN, state
from app.kernel.actors import Actor
from app.kernel.database import db, fetch, lock, use_case
from app.kernel.network import network_of
from app.kernel.paths import own_path
from app.staff import lock_out
from app.staff.jobs import NOBODY, note_failure
from app.staff.lifecycle import new_uniquifier
from app.staff.models import Role, StaffMember
from config import Settings

datastore = SQLAlchemyUserDatastore(db, StaffMember, Role)


class SignInForm(LoginForm):
    """One sentence for every refusal: an unknown address, a wrong password, a lock, somebody disabled."""

    # Without this field nobody can ask for a cookie that outlives the browser.
    remember = None

    def validate(self, **kwargs: Any) -> bool:
        """True when address and password fit and the sign-in is not locked; takes as long for an unknown address."""
        self.email.data = (self.email.data or "").strip()
        fits = bool(super().validate(**kwargs))
        network = network_of(request.remote_addr)
        if settle(self.email.data or "", network=network, fits=fits):
            return True
        self.email.errors, self.password.errors = [], []
        self.form_errors = [
            gettext(
                "This address and password do not fit, or there were too many failures: then please wait a while."
            )
        ]
        return False

    def validate_next(self, field: Any) -> None:
        """Forget an address that is not a path of ours."""
        field.data = own_path(field.data)


@use_case
def settle(email: str, *, network: str, fits: bool) -> bool:
    """Count an attempt and tell whether it may go on: a failure counts towards the lock, a lock refuses everything.

    It asks and writes the same for an address that nobody has.
    """
    remembered = lock_out.held(email, network)
    staff_id = db.session.scalar(select(StaffMember.id).where(func.lower(StaffMember.email) == email.lower()))
    if lock_out.locked(remembered):
        return False
    if not fits or staff_id is None:
        locks = lock_out.count_failure(remembered)
        note_failure.defer(staff_id=staff_id or NOBODY, locked=int(locks))
        return False
    lock_out.forgive(remembered)
    record("staff.sign_in", actor=Actor("staff", staff_id), subject=fetch(StaffMember, staff_id))
    return True


def init_app(app: Flask, settings: Settings) -> None:
    """Configure and start Flask-Security."""
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106  # the name of an algorithm
        SECURITY_PASSWORD_SALT=settings.password_salt,
        SECURITY_PASSWORD_LENGTH_MIN=12,
        SECURITY_LOGIN_URL="/sign-in",
        SECURITY_LOGOUT_URL="/sign-out",
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_CHANGE_URL="/password",
        SECURITY_CHANGEABLE=True,
        SECURITY_SEND_PASSWORD_CHANGE_EMAIL=False,
        SECURITY_API_ENABLED_METHODS=["session"],
        SECURITY_POST_LOGIN_VIEW="/desk/",
        SECURITY_POST_LOGOUT_VIEW="/sign-in",
        SECURITY_POST_CHANGE_VIEW="/desk/",
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False, "test_environment": True},
        SECURITY_ANONYMOUS_USER_DISABLED=False,
        # Flask-Security brings no Indonesian: its sentences stand in our own catalogue (kernel/library_words.py).
        SECURITY_I18N_DOMAIN="messages",
        SECURITY_I18N_DIRNAME=[f"{app.root_path}/translations"],
        # Its commands would give powers past the trail and the second administrator; `flask staff` is the way.
        SECURITY_CLI_USERS_NAME=False,
        SECURITY_CLI_ROLES_NAME=False,
    )
    security = Security(app, datastore, login_form=SignInForm)
    # Forms only: a sign-in by JSON would answer with more than this desk wants to say.
    security.want_json(lambda _request: False)
    password_changed.connect(_note_password_change, app)
    user_logged_out.connect(_end_sessions, app)
    state(app, PUBLIC, "security.login", "security.static")
    state(app, SIGNED_IN, "security.logout", "security.change_password")


@use_case
def _note_password_change(app: Flask, *, user: StaffMember, **_: Any) -> None:
    record("staff.change_password", actor=Actor("staff", user.id), subject=user)


@use_case
def _end_sessions(app: Flask, *, user: StaffMember, **_: Any) -> None:
    """Whoever signs out has left everywhere: a copy of the session's cookie works no longer either."""
    member = lock(StaffMember, user.id)
    member.fs_uniquifier = new_uniquifier()
    record("staff.sign_out", actor=Actor("staff", member.id), subject=member)
