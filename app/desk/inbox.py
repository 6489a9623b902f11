"""The inbox. What its forms do is in sorting.py, answering.py and drafting.py."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _

from app.conversations.find import by_reference, kept
from app.conversations.notes import see_mention
from app.desk import inbox_list, inbox_views, talk
from app.desk.answering import Answering
from app.desk.drafting import Drafting
from app.desk.into_dossier import open_dossier_from, put_into_dossier
from app.desk.sorting import Sorting, shown
from app.desk.taking_part import TakingPart
from app.dossiers.find import open_dossier_of
from app.kernel.access import current_actor, permit
from app.kernel.back_office import DeskView
from app.kernel.errors import NotFound
from app.kernel.permissions import Permission
from app.kernel.web import told


class ConversationsView(Sorting, Answering, Drafting, TakingPart, DeskView):
    """/desk/conversations"""

    permission = Permission.CONVERSATIONS_READ

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """One page of a view."""
        given = request.args
        context = inbox_list.page(
            given.get("view", inbox_views.OPEN),
            given.get("after", ""),
            tag=given.get("tag", ""),
            actor=current_actor(),
        )
        return render_template("conversations/list.html", **context)

    @expose("/<reference>")
    def show(self, reference: str) -> ResponseReturnValue:
        """One conversation; whoever was called into it has seen it now. A merged one leads to where its messages are."""
        conversation, actor = by_reference(reference), current_actor()
        if conversation.merged_into_id is not None:
            return shown(kept(conversation))
        see_mention(conversation.id, actor=actor)
        return render_template("conversations/conversation.html", **talk.page(conversation, actor=actor))

    @expose("/<reference>/dossier", methods=["POST"])
    @permit(Permission.DOSSIERS_REVIEW)
    def open_dossier(self, reference: str) -> ResponseReturnValue:
        """Open a dossier from this conversation."""
        dossier = open_dossier_from(by_reference(reference).id, actor=current_actor())
        told(_("Dossier %(reference)s is open and assigned to you.", reference=dossier.reference))
        return redirect(url_for("workbench.show", reference=dossier.reference))

    @expose("/<reference>/attach", methods=["POST"])
    @permit(Permission.DOSSIERS_REVIEW)
    def attach(self, reference: str) -> ResponseReturnValue:
        """Put the conversation and its papers into the open dossier of the same address."""
        conversation = by_reference(reference)
        dossier = open_dossier_of(conversation.address)
        if dossier is None:
            raise NotFound
        count = put_into_dossier(conversation.id, dossier.id, actor=current_actor())
        told(_("%(count)s files were put into %(reference)s.", count=count, reference=dossier.reference))
        return shown(conversation)
