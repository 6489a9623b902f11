"""The inbox: conversations, and what is done with one."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _

from app.conversations import lifecycle
from app.conversations.find import by_reference, kept
from app.conversations.models import Conversation
from app.conversations.reply import reply
from app.conversations.take import take
from app.desk import inbox_list, talk
from app.desk.into_dossier import open_dossier_from, put_into_dossier
from app.desk.taking_part import TakingPart
from app.dossiers.find import open_dossier_of
from app.dossiers.notes import add_note
from app.kernel.access import current_actor, permit
from app.kernel.back_office import DeskView
from app.kernel.errors import InvalidInput, NotFound, Refused
from app.kernel.forms import clean
from app.kernel.permissions import Permission
from app.kernel.web import told


class ConversationsView(TakingPart, DeskView):
    """/desk/conversations"""

    permission = Permission.CONVERSATIONS_READ

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """One page of a view."""
        view, after = request.args.get("view", inbox_list.OPEN), request.args.get("after", "")
        return render_template(
            "conversations/list.html", **inbox_list.page(view, after, actor=current_actor())
        )

    @expose("/<reference>")
    def show(self, reference: str) -> ResponseReturnValue:
        """One conversation; a merged one's reference leads to the one that has its messages."""
        conversation = by_reference(reference)
        if conversation.merged_into_id is not None:
            return _back(kept(conversation))
        return render_template(
            "conversations/conversation.html", **talk.page(by_reference(reference), actor=current_actor())
        )

    @expose("/<reference>/reply", methods=["POST"])
    @permit(Permission.CONVERSATIONS_WRITE)
    def reply(self, reference: str) -> ResponseReturnValue:
        """Answer, or keep a note on the dossier; what was written stays in the box when it is refused."""
        conversation, body = by_reference(reference), clean(request.form.get("body"))
        try:
            _write(conversation, request.form.get("kind", ""), body, request.form.get("to"))
        except (InvalidInput, Refused) as refusal:
            context = talk.page(conversation, actor=current_actor(), body=body)
            context["reply"] = {**(context["reply"] or {}), "errors": {"body": refusal.message}}
            return render_template("conversations/conversation.html", **context), refusal.status
        return _back(conversation)

    @expose("/<reference>/take", methods=["POST"])
    @permit(Permission.CONVERSATIONS_WRITE)
    def take(self, reference: str) -> ResponseReturnValue:
        """Make it one's own."""
        conversation = take(by_reference(reference).id, actor=current_actor())
        told(_("The conversation is yours."))
        return _back(conversation)

    @expose("/<reference>/close", methods=["POST"])
    @permit(Permission.CONVERSATIONS_WRITE)
    def close(self, reference: str) -> ResponseReturnValue:
        """Nothing is left to answer."""
        lifecycle.close(by_reference(reference), actor=current_actor())
        told(_("The conversation is closed. A new mail in it opens it again."))
        return redirect(url_for("conversations.index"))

    @expose("/<reference>/open", methods=["POST"])
    @permit(Permission.CONVERSATIONS_WRITE)
    def open_again(self, reference: str) -> ResponseReturnValue:
        """There is something to answer after all."""
        conversation = by_reference(reference)
        lifecycle.open_again(conversation, actor=current_actor())
        return _back(conversation)

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
        return _back(conversation)


def _write(conversation: Conversation, kind: str, body: str, to: str | None) -> None:
    actor = current_actor()
    if kind != "note":
        reply(conversation.id, text=body, actor=actor, to=to)
        told(_("The answer is on its way."))
        return
    if conversation.dossier_id is None:
        raise Refused(_("Notes are kept on a dossier, and this conversation has none yet."))
    add_note(conversation.dossier_id, text=body, actor=actor)
    told(_("The note is kept on the dossier."))


def _back(conversation: Conversation) -> ResponseReturnValue:
    return redirect(url_for("conversations.show", reference=conversation.reference))
