"""The quarantine, for supervisors."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import format_decimal
from flask_babel import gettext as _
from sqlalchemy import select

from app.intake import lifecycle, problems
from app.intake.models import ReceivedMail
from app.intake.try_again import try_again
from app.kernel.access import current_actor
from app.kernel.back_office import DeskView
from app.kernel.database import db
from app.kernel.errors import NotFound
from app.kernel.locale import age, moment
from app.kernel.permissions import Permission

PAGE = 50


class QuarantineView(DeskView):
    """Mail that could not be filed: why, how large, since when. Nothing of what it says is shown."""

    permission = Permission.QUARANTINE_OPEN

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Newest first, from below the id in `before`."""
        found = _mails(request.args.get("before", ""))
        shown = found[:PAGE]
        older = url_for("quarantine.index", before=shown[-1].id) if len(found) > PAGE else None
        return render_template("intake/quarantine.html", rows=[_row(mail) for mail in shown], older_url=older)

    @expose("/<row:received_id>/again", methods=["POST"])
    def again(self, received_id: int) -> ResponseReturnValue:
        """Try a message again."""
        try_again(received_id, actor=current_actor())
        flash(_("The message is tried again. If it cannot be read it comes back here."), "success")
        return redirect(url_for("quarantine.index"))


def _mails(before: str) -> list[ReceivedMail]:
    query = (
        select(ReceivedMail)
        .where(ReceivedMail.status == lifecycle.QUARANTINED)
        .order_by(ReceivedMail.id.desc())
        .limit(PAGE + 1)
    )
    if before:
        if not (before.isascii() and before.isdigit() and len(before) < 19):
            raise NotFound
        query = query.where(ReceivedMail.id < int(before))
    return list(db.session.scalars(query))


def _row(mail: ReceivedMail) -> dict[str, Any]:
    arrived = mail.arrived_at or mail.created_at
    return {
        "uid": mail.uid,
        "at_label": moment(arrived),
        "age": age(arrived),
        "size_label": size_label(mail.size),
        "why": problems.sentence(mail.problem),
        "mailbox": mail.mailbox,
        "tries": mail.attempts,
        "again_url": url_for("quarantine.again", received_id=mail.id),
    }


def size_label(size: int) -> str:
    """A size as people read it: 12 kB, 3.4 MB, in Indonesian 3,4 MB."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))} kB"
    return f"{format_decimal(size / 1_000_000, format='0.0')} MB"
