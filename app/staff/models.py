"""Staff members and their roles."""

from __future__ import annotations

from datetime import datetime

from flask_security import RoleMixin, UserMixin
from sqlalchemy import Column, ColumnElement, ForeignKey, Table
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

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

    `fs_uniquifier` changes with the password and when somebody is disabled, which ends every session. `proposed_by_id`
    is the administrator whose proposal a second one has to confirm.
    """

    __tablename__ = "staff_member"

    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    password: Mapped[str | None]
    status: Mapped[str]
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    locale: Mapped[str] = mapped_column(default="en")
    fs_uniquifier: Mapped[str] = mapped_column(unique=True)
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
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
