"""Staff members and their roles."""

from __future__ import annotations

from datetime import datetime

from flask_security import RoleMixin, UserMixin
from sqlalchemy import Column, ColumnElement, ForeignKey, Table, UniqueConstraint
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.clock import now
from app.kernel.database import Dated, Model
from app.kernel.permissions import Permission
from app.staff.roles import permissions_of

staff_role = Table(
    "staff_role",
    Model.metadata,
    Column("staff_id", ForeignKey("staff_member.id", ondelete="CASCADE"), primary_key=True),
    Column("role_id", ForeignKey("role.id"), primary_key=True),
)


class Role(Model, RoleMixin):
    """One of agent, supervisor, administrator, auditor."""

    __tablename__ = "role"

    name: Mapped[str] = mapped_column(unique=True)


class StaffMember(Dated, Model, UserMixin):
    """Somebody who works here. `status`: active, pending, disabled; lifecycle.py alone writes it.

    `fs_uniquifier` changes with the password, at a sign-out and when somebody is disabled, which ends every session.
    `proposed_by_id` is the administrator whose proposal a second one has to confirm.
    """

    __tablename__ = "staff_member"

    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    password: Mapped[str | None]
    status: Mapped[str]
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    locale: Mapped[str] = mapped_column(default="en")
    fs_uniquifier: Mapped[str] = mapped_column(unique=True)
    roles: Mapped[list[Role]] = relationship(  # type: ignore[assignment]  # narrower than the mixin says
        secondary=staff_role, lazy="selectin"
    )

    @hybrid_property
    def active(self) -> bool:
        """Whether this person may sign in; Flask-Security asks for it at every request."""
        return self.status == "active"

    @active.inplace.expression
    @classmethod
    def _active(cls) -> ColumnElement[bool]:
        return cls.status == "active"

    @property
    def permissions(self) -> frozenset[Permission]:
        """Everything the roles allow together."""
        return permissions_of(role.name for role in self.roles)

    @property
    def role_names(self) -> list[str]:
        """Names of the roles, sorted."""
        return sorted(role.name for role in self.roles)


class SignInFailures(Model):
    """Failed sign-ins on one address from one network, or from everywhere; both are digests, known or not.

    `count` is how many there were since `since`; lock_out.py alone reads and writes this.
    """

    __tablename__ = "sign_in_failures"
    __table_args__ = (UniqueConstraint("address", "network"),)

    address: Mapped[bytes]
    network: Mapped[bytes]
    count: Mapped[int] = mapped_column(default=0)
    since: Mapped[datetime] = mapped_column(default=now, index=True)
    locked_until: Mapped[datetime | None]
