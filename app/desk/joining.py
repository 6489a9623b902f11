"""The screen that puts conversations of one person together, or takes a message out into one of its own."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _

from app.conversations import lifecycle
from app.conversations.find import by_reference
from app.conversations.merge import merge_conversations, mergeable_with, split_out
from app.conversations.models import Conversation, Message
from app.conversations.reading import visible_text
from app.desk.bench_forms import document_id
from app.kernel.access import current_actor, permit
from app.kernel.back_office import DeskView
from app.kernel.errors import InvalidInput, NotFound
from app.kernel.locale import moment
from app.kernel.permissions import Permission
from app.kernel.web import told


class JoinView(DeskView):
    """/desk/join"""

    permission = Permission.CONVERSATIONS_WRITE

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Conversations are put together from one's screen only."""
        raise NotFound

    @expose("/<reference>")
    def show(self, reference: str) -> ResponseReturnValue:
        """The person's other conversations, and this one's messages."""
        conversation = by_reference(reference)
        return render_template(
            "conversations/join.html",
            conversation=_link(conversation),
            others=[_link(one) for one in mergeable_with(conversation)],
            messages=[_message(conversation, one) for one in conversation.messages if one.direction == "in"],
            may_split=len(conversation.messages) > 1,
            merge_url=url_for("join.merge", reference=reference),
        )

    @expose("/<reference>/merge", methods=["POST"])
    @permit(Permission.CONVERSATIONS_WRITE)
    def merge(self, reference: str) -> ResponseReturnValue:
        """Put this conversation into the one that was chosen."""
        chosen = request.form.get("into", "")
        if not chosen:
            raise InvalidInput(_("Choose the conversation that it becomes a part of."))
        gone, into = by_reference(reference), by_reference(chosen)
        merge_conversations(gone.id, kept_id=into.id, actor=current_actor())
        told(_("%(reference)s is part of this conversation now.", reference=gone.reference))
        return redirect(url_for("conversations.show", reference=into.reference))

    @expose("/<reference>/split-out/<key>", methods=["POST"])
    @permit(Permission.CONVERSATIONS_WRITE)
    def split_out(self, reference: str, key: str) -> ResponseReturnValue:
        """Take one message out."""
        conversation, message_id = by_reference(reference), document_id(key)
        if message_id not in [one.id for one in conversation.messages]:
            raise NotFound
        new = split_out(message_id, actor=current_actor())
        told(_("The message has a conversation of its own now, %(reference)s.", reference=new.reference))
        return redirect(url_for("conversations.show", reference=new.reference))


def _link(conversation: Conversation) -> dict[str, object]:
    return {
        "reference": conversation.reference,
        "subject": conversation.subject,
        "address": conversation.address,
        "at_label": moment(conversation.last_message_at),
        "state_label": lifecycle.LABELS[conversation.status],
        "tone": lifecycle.TONES[conversation.status],
        "url": url_for("conversations.show", reference=conversation.reference),
    }


def _message(conversation: Conversation, message: Message) -> dict[str, object]:
    return {
        "at_label": moment(message.sent_at or message.created_at),
        "from_label": message.from_name or message.from_address,
        "snippet": " ".join(visible_text(message.text[:4000])[0].split())[:120],
        "url": url_for("join.split_out", reference=conversation.reference, key=message.id),
    }
