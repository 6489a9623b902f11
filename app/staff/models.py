"""Staff members and their roles."""

from __future__ import annotations

from datetime import datetime

from flask_security import RoleMixin, UserMixin
from sqlalchemy import Column, ForeignKey, Table
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
    """Somebody who works here. `fs_uniquifier` changes with the password, which ends every session."""

    __tablename__ = "staff_member"

    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    locale: Mapped[str] = mapped_column(default="en")
    fs_uniquifier: Mapped[str] = mapped_column(unique=True)
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    roles: Mapped[list[Role]] = relationship(  # type: ignore[assignment]  # narrower than the mixin says
        secondary=staff_role, lazy="selectin"
    )

    @property
    def permissions(self) -> frozenset[Permission]:
        """Everything the roles allow together."""
        return permissions_of(role.name for role in self.roles)

    @property
    def role_names(self) -> list[str]:
        """Names of the roles, sorted."""
        return sorted(role.name for role in self.roles)
