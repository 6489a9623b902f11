"""Sign-in with Flask-Security: argon2, lock-out after repeated failures, sessions that end on a password change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask
from flask_babel import gettext
from flask_security import LoginForm, Security, SQLAlchemyUserDatastore

from app.audit.record import record
from app.kernel.access import PUBLIC, SIGNED_IN, state
from app.kernel.actors import SYSTEM
from app.kernel.clock import now
from app.kernel.database import db, lock, use_case
from app.staff.models import Role, StaffMember
from config import Settings

datastore = SQLAlchemyUserDatastore(db, StaffMember, Role)
security = Security()


class SignInForm(LoginForm):  # type: ignore[misc]  # flask_security has no types
    """Refuses while locked, and counts failures; the answer for an unknown address is the same as for a wrong password."""

    def validate(self, **kwargs: Any) -> bool:
        """True when address and password fit and the account is not locked."""
        email = (self.email.data or "").strip().lower()
        if is_locked(email):
            self.form_errors.append(gettext("Too many failures. Please wait a while, or ask an administrator."))
            return False
        good = bool(super().validate(**kwargs))
        remember_attempt(email, good=good)
        return good


def is_locked(email: str) -> bool:
    """Tell whether sign-in is locked for this address at the moment."""
    member = db.session.query(StaffMember).filter_by(email=email).one_or_none()
    return bool(member and member.locked_until and member.locked_until > now())


@use_case
def remember_attempt(email: str, *, good: bool) -> None:
    """Count a failure, lock after too many, start anew after a success; each in the trail."""
    found = db.session.query(StaffMember.id).filter_by(email=email).scalar()
    if found is None:
        return
    member = lock(StaffMember, found)
    settings: Settings = security.app.extensions["desk_settings"] if hasattr(security, "app") else _settings()
    member.failed_sign_ins = 0 if good else member.failed_sign_ins + 1
    if member.failed_sign_ins >= settings.sign_in_failures_allowed:
        member.failed_sign_ins = 0
        member.locked_until = now() + timedelta(minutes=settings.sign_in_lock_minutes)
        record("staff.lock", actor=SYSTEM, subject=member)
    record("staff.sign_in" if good else "staff.sign_in_failed", actor=SYSTEM, subject=member)


def _settings() -> Settings:
    from flask import current_app

    return current_app.extensions["desk_settings"]  # type: ignore[no-any-return]


def init_app(app: Flask, settings: Settings) -> None:
    """Configure and start Flask-Security."""
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",
        SECURITY_PASSWORD_SALT=settings.password_salt,
        SECURITY_PASSWORD_LENGTH_MIN=12,
        SECURITY_LOGIN_URL="/sign-in",
        SECURITY_LOGOUT_URL="/sign-out",
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_CHANGE_URL="/password",
        SECURITY_CHANGEABLE=True,
        SECURITY_SEND_PASSWORD_CHANGE_EMAIL=False,
        SECURITY_REGISTERABLE=False,
        SECURITY_RECOVERABLE=False,
        SECURITY_DEFAULT_REMEMBER_ME=False,
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_POST_LOGIN_VIEW="/desk/",
        SECURITY_POST_LOGOUT_VIEW="/sign-in",
        SECURITY_POST_CHANGE_VIEW="/desk/",
        SECURITY_REDIRECT_VALIDATE_MODE="absolute",
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False, "test_environment": True},
        SECURITY_ANONYMOUS_USER_DISABLED=False,
    )
    security.init_app(app, datastore, login_form=SignInForm, register_blueprint=True)
    state(app, PUBLIC, "security.login", "security.static")
    state(app, SIGNED_IN, "security.logout", "security.change_password")
