"""Who acts: a staff member, the applicant through a link, or the desk itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from app.kernel.errors import NotPermitted
from app.kernel.permissions import Permission


@dataclass(frozen=True)
class Actor:
    """The one who acts. `id` is the staff member's id for staff, else None; `permissions` is what they may do."""

    kind: Literal["staff", "applicant", "system"]
    id: int | None = None
    permissions: frozenset[Permission] = field(default_factory=frozenset)

    def must(self, permission: Permission) -> None:
        """Raise NotPermitted unless this actor holds the permission; the desk itself holds all."""
        if self.kind != "system" and permission not in self.permissions:
            raise NotPermitted

    @property
    def staff_id(self) -> int:
        """The staff member's id; raises NotPermitted when the actor is not staff."""
        if self.kind != "staff" or self.id is None:
            raise NotPermitted
        return self.id


SYSTEM = Actor("system")
APPLICANT = Actor("applicant")
