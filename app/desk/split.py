"""The screen that splits the papers of one mail between several people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _

from app.conversations.find import by_reference
from app.conversations.models import Conversation
from app.desk.split_draft import Card, Draft, looked_up, namesakes, suggested, typed
from app.desk.split_files import FileHere, files_of, opened_by, version
from app.desk.splitting import split_conversation
from app.documents import lifecycle as document_lifecycle
from app.documents.admin import thumbnail_url
from app.documents.labels import kind_label
from app.dossiers import lifecycle
from app.dossiers.models import Dossier
from app.intake.admin import size_label
from app.kernel.access import current_actor, may, permit
from app.kernel.back_office import DeskView
from app.kernel.database import db
from app.kernel.errors import DeskError, InvalidInput, NotFound, Refused, Stale
from app.kernel.permissions import Permission
from app.kernel.web import told
from app.letters.queue import can_receive

Row = dict[str, Any]


class SplitView(DeskView):
    """/desk/split"""

    permission = Permission.DOSSIERS_REVIEW

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Papers are split from their conversation only."""
        raise NotFound

    @expose("/<reference>")
    def show(self, reference: str) -> ResponseReturnValue:
        """The files with a suggestion."""
        conversation = by_reference(reference)
        files = files_of(conversation)
        return _page(conversation, files, suggested(conversation, files))

    @expose("/<reference>", methods=["POST"])
    @permit(Permission.DOSSIERS_REVIEW)
    def split(self, reference: str) -> ResponseReturnValue:
        """Do it, or show the screen again with one more person or what a search found; nothing typed is lost."""
        conversation = by_reference(reference)
        files = files_of(conversation)
        draft = typed(request.form, files)
        if request.form.get("step") != "split":
            return _look(conversation, files, draft)
        seen, actor = request.form.get("seen", ""), current_actor()
        try:
            dossiers = split_conversation(conversation.id, parts=draft.parts(), seen=seen, actor=actor)
        except (InvalidInput, Refused) as refusal:
            return _refused(reference, draft, refusal)
        told(
            _(
                "The papers are split: %(references)s.",
                references=", ".join(one.reference for one in dossiers),
            )
        )
        return redirect(url_for("conversations.show", reference=reference))


def _look(conversation: Conversation, files: Sequence[FileHere], draft: Draft) -> ResponseReturnValue:
    step = request.form.get("step", "")
    if step == "more":
        draft.add()
    for card in draft.cards:
        if step == f"forget-{card.letter}":
            card.dossier = None
    looked_up(draft)
    return _page(conversation, files, draft, seen=request.form.get("seen"))


def _refused(reference: str, draft: Draft, refusal: DeskError) -> ResponseReturnValue:
    """The screen as it was typed; after Stale with the files as they lie now."""
    db.session.rollback()
    conversation = by_reference(reference)
    files = files_of(conversation)
    seen = None if isinstance(refusal, Stale) else request.form.get("seen")
    draft = typed(request.form, files)
    return _page(conversation, files, draft, seen=seen, problem=refusal.message), refusal.status


def _page(
    conversation: Conversation,
    files: Sequence[FileHere],
    draft: Draft,
    *,
    seen: str | None = None,
    problem: object | None = None,
) -> str:
    dossiers = _dossiers(files)
    source = opened_by(conversation)
    return render_template(
        "conversations/split.html",
        conversation={
            "reference": conversation.reference,
            "subject": conversation.subject,
            "address": conversation.address,
            "url": url_for("conversations.show", reference=conversation.reference),
        },
        url=url_for("split.split", reference=conversation.reference),
        seen=seen or version(conversation, files),
        files=[_file(one, draft, dossiers, conversation) for one in files],
        cards=[_card(card, draft) for card in draft.cards],
        can_be_sender=can_receive(conversation.address),
        opened=source.reference if source else None,
        problem=problem,
    )


def _file(file: FileHere, draft: Draft, dossiers: dict[int, Dossier], conversation: Conversation) -> Row:
    document = file.document
    sees = may(Permission.DOCUMENTS_SEE)
    dossier = dossiers.get(file.dossier_id or 0)
    decided = document is not None and document.status != document_lifecycle.UNDECIDED
    other = file.message.from_address.lower() != conversation.address.lower()
    return {
        "key": file.key,
        "name": file.filename,
        "kind_label": kind_label(file.kind),
        "size_label": size_label(file.size),
        "thumb_url": thumbnail_url(document) if document and sees else None,
        "place": dossier.reference if dossier else _("beside the mail"),
        "decision_label": document_lifecycle.LABELS[document.status] if document and decided else None,
        "tone": document_lifecycle.TONES[document.status] if document else "",
        "sender": file.message.from_address if other else None,
        "fixed": file.fixed,
        "letter": draft.given.get(file.key, ""),
    }


def _card(card: Card, draft: Draft) -> Row:
    return {
        "letter": card.letter,
        "name": card.name,
        "email": card.email,
        "find": card.find,
        "dossier": _link(card.dossier) if card.dossier else None,
        "choices": [_link(one) for one in card.choices],
        "searched": bool(card.find) and not card.choices and card.dossier is None,
        "namesakes": [_link(one) for one in namesakes(card)],
        "sender": draft.sender == card.letter,
        "count": sum(letter == card.letter for letter in draft.given.values()),
    }


def _link(dossier: Dossier) -> Row:
    return {
        "reference": dossier.reference,
        "applicant": dossier.applicant,
        "address": dossier.email,
        "state_label": lifecycle.LABELS[dossier.status],
        "tone": lifecycle.TONES[dossier.status],
        "url": url_for("workbench.show", reference=dossier.reference),
    }


def _dossiers(files: Sequence[FileHere]) -> dict[int, Dossier]:
    wanted = {one.dossier_id for one in files} - {None}
    return {one.id: one for one in db.session.query(Dossier).filter(Dossier.id.in_(wanted))}
