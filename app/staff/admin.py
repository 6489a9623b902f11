"""The administrators' list of who works here."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from sqlalchemy import select

from app.kernel.access import current_actor
from app.kernel.back_office import DeskView
from app.kernel.database import db
from app.kernel.errors import DeskError
from app.kernel.permissions import Permission
from app.kernel.web import told
from app.staff import lifecycle
from app.staff.add import add_staff, confirm_staff
from app.staff.disable import disable_staff, enable_staff
from app.staff.models import StaffMember
from app.staff.roles import ROLE_LABELS


class StaffView(DeskView):
    """Who works here, and the form to add somebody."""

    permission = Permission.STAFF_MANAGE

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """The list."""
        return self._page()

    @expose("/add", methods=["POST"])
    def add(self) -> ResponseReturnValue:
        """Add somebody, or show the form again with what is wrong."""
        values: dict[str, Any] = {name: request.form.get(name, "") for name in ("name", "email")}
        values["roles"] = request.form.getlist("roles")
        try:
            member = add_staff(**values, password=request.form.get("password", ""), actor=current_actor())
        except DeskError as error:
            db.session.rollback()
            return self._page(values=values, problem=str(error.message)), error.status
        told(_waits() if member.status == lifecycle.PENDING else _("Added. Give the password in person."))
        return redirect(url_for("staff.index"))

    @expose("/<row:staff_id>/confirm", methods=["POST"])
    def confirm(self, staff_id: int) -> ResponseReturnValue:
        """Confirm what another administrator proposed."""
        confirm_staff(staff_id, actor=current_actor())
        told(_("Confirmed. This person may sign in now."))
        return redirect(url_for("staff.index"))

    @expose("/<row:staff_id>/disable", methods=["POST"])
    def disable(self, staff_id: int) -> ResponseReturnValue:
        """Keep somebody out."""
        disable_staff(staff_id, actor=current_actor())
        told(_("Disabled. Every session of this person has ended."))
        return redirect(url_for("staff.index"))

    @expose("/<row:staff_id>/enable", methods=["POST"])
    def enable(self, staff_id: int) -> ResponseReturnValue:
        """Let somebody in again."""
        member = enable_staff(staff_id, actor=current_actor())
        told(_waits() if member.status == lifecycle.PENDING else _("Enabled. This person may sign in again."))
        return redirect(url_for("staff.index"))

    def _page(self, values: dict[str, Any] | None = None, problem: str | None = None) -> str:
        members = db.session.scalars(select(StaffMember).order_by(StaffMember.name, StaffMember.id))
        return str(
            self.render(
                "staff/list.html",
                rows=[_row(member) for member in members],
                roles=[{"value": str(role), "label": label} for role, label in ROLE_LABELS.items()],
                values=values or {},
                problem=problem,
            )
        )


def _waits() -> str:
    return _("Proposed. Another administrator has to confirm it before this person may sign in.")


def _row(member: StaffMember) -> dict[str, Any]:
    return {
        "name": member.name,
        "email": member.email,
        "roles": ", ".join(str(ROLE_LABELS[name]) for name in member.role_names),
        "state_label": lifecycle.LABELS[member.status],
        "tone": lifecycle.TONES[member.status],
        "since": member.created_at,
        "actions": _actions(member),
    }


def _actions(member: StaffMember) -> list[dict[str, str]]:
    """The buttons of a row: what may be done next, and never to oneself or to one's own proposal."""
    me = current_actor().staff_id
    offered = {
        "confirm": (_("Confirm"), member.status == lifecycle.PENDING and member.proposed_by_id != me),
        "disable": (_("Disable"), member.status != lifecycle.DISABLED and member.id != me),
        "enable": (_("Enable"), member.status == lifecycle.DISABLED),
    }
    return [
        {
            "label": label,
            "url": url_for(f"staff.{name}", staff_id=member.id),
            "tone": "danger" if name == "disable" else "",
        }
        for name, (label, possible) in offered.items()
        if possible
    ]
