"""The quarantine, for supervisors."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from sqlalchemy import func, select

from app.intake import lifecycle, problems
from app.intake.models import ReceivedMail
from app.intake.take_files import IMPORT
from app.intake.try_again import try_again, try_all_again
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
        return render_template(
            "intake/quarantine.html",
            rows=[_row(mail) for mail in shown],
            reasons=_reasons(),
            older_url=older,
        )

    @expose("/<row:received_id>/again", methods=["POST"])
    def again(self, received_id: int) -> ResponseReturnValue:
        """Try a message again."""
        try_again(received_id, actor=current_actor())
        flash(_("The message is tried again. If it cannot be read it comes back here."), "success")
        return redirect(url_for("quarantine.index"))

    @expose("/again", methods=["POST"])
    def all_again(self) -> ResponseReturnValue:
        """Try everything again that is here for one reason."""
        count = try_all_again(request.form.get("problem", ""), actor=current_actor())
        told = ngettext("%(num)s message is tried again.", "%(num)s messages are tried again.", count)
        flash(told, "success" if count else "info")
        return redirect(url_for("quarantine.index"))


def _reasons() -> list[dict[str, Any]]:
    """Why messages are here, most frequent reason first, and how many for each."""
    number = func.count().label("number")
    found = db.session.execute(
        select(ReceivedMail.problem, number)
        .where(ReceivedMail.status == lifecycle.QUARANTINED, ReceivedMail.problem.is_not(None))
        .group_by(ReceivedMail.problem)
        .order_by(number.desc(), ReceivedMail.problem)
    )
    return [
        {"problem": problem, "why": problems.sentence(problem), "count": count} for problem, count in found
    ]


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
        "uid": mail.uid if mail.mailbox != IMPORT else None,
        "at_label": moment(arrived),
        "age": age(arrived),
        "size_label": size_label(mail.size),
        "why": problems.sentence(mail.problem),
        "mailbox": mail.mailbox if mail.mailbox != IMPORT else _("imported file"),
        "tries": mail.attempts,
        "kept": _kept(mail),
        "told": age(mail.sender_told_at),
        "again_url": url_for("quarantine.again", received_id=mail.id),
    }


def _kept(mail: ReceivedMail) -> str:
    """What the desk has of a message."""
    if mail.raw_file_id is None:
        return _("nothing")
    return _("headers") if mail.problem == problems.TOO_LARGE else _("the whole, encrypted")


def size_label(size: int) -> str:
    """A size as people read it: 12 kB, 3.4 MB, in Indonesian 3,4 MB."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))} kB"
    return f"{format_decimal(size / 1_000_000, format='0.0')} MB"
