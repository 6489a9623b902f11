"""Drafts as the page's script keeps them, and who else is there. Every answer is JSON."""

from __future__ import annotations

from flask import jsonify, request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from app.conversations.draft import OtherTab, attach, detach, drop_draft, save_draft
from app.conversations.find import by_reference
from app.conversations.models import Draft
from app.desk import presence, seen, talk_tools
from app.desk.answering import uploads
from app.desk.sorting import number, shown
from app.kernel.access import current_actor, permit
from app.kernel.errors import InvalidInput
from app.kernel.forms import clean
from app.kernel.permissions import Permission


class Drafting:
    """Mixin of the inbox."""

    @expose("/<reference>/draft", methods=["POST"])
    @permit(Permission.CONVERSATIONS_WRITE)
    def draft(self, reference: str) -> ResponseReturnValue:
        """Keep what is in the box; 409 with what another window kept, which is not overwritten."""
        conversation = by_reference(reference)
        text, version = (
            request.form.get("body", "").replace("\r\n", "\n"),
            number(request.form.get("version", "")),
        )
        try:
            kept = save_draft(conversation.id, text=text, seen=version, actor=current_actor())
        except OtherTab as other:
            return jsonify(message=str(other.message), text=other.text, version=other.version), 409
        return _kept(kept)

    @expose("/<reference>/draft/drop", methods=["POST"])
    @permit(Permission.CONVERSATIONS_WRITE)
    def drop_draft(self, reference: str) -> ResponseReturnValue:
        """Throw the draft and its files away."""
        conversation = by_reference(reference)
        drop_draft(conversation.id, actor=current_actor())
        return shown(conversation)

    @expose("/<reference>/draft/files", methods=["POST"])
    @permit(Permission.CONVERSATIONS_WRITE)
    def enclose(self, reference: str) -> ResponseReturnValue:
        """Lay files beside the draft."""
        files = uploads("files")
        if not files:
            raise InvalidInput
        return _kept(attach(by_reference(reference).id, files, actor=current_actor()))

    @expose("/<reference>/draft/detach", methods=["POST"])
    @permit(Permission.CONVERSATIONS_WRITE)
    def take_away(self, reference: str) -> ResponseReturnValue:
        """Take one file away; a page without its script is shown again."""
        conversation, file_id = by_reference(reference), number(request.form.get("file", ""))
        kept = detach(conversation.id, file_id, actor=current_actor())
        return _kept(kept) if request.accept_mimetypes.accept_json else shown(conversation)

    @expose("/<reference>/presence", methods=["POST"])
    def presence(self, reference: str) -> ResponseReturnValue:
        """This person is here; who else is, and whether somebody has written since the page was opened."""
        conversation, actor = by_reference(reference), current_actor()
        presence.tell("conversation", conversation.id, clean(request.form.get("doing")), actor=actor)
        found = presence.others("conversation", conversation.id, but=actor.id)
        return jsonify(others=presence.in_words(found), last=seen.last_message(conversation))


def _kept(draft: Draft | None) -> ResponseReturnValue:
    if draft is None:
        return jsonify(version=0, files=[])
    return jsonify(version=draft.version, files=talk_tools.files_of(draft))
