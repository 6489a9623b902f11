"""Forms with which something is written or added: the answer, the note, a file by hand."""

from __future__ import annotations

from functools import partial

from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import FileStorage

from app.conversations.reply import reply
from app.desk import papers, seen
from app.desk.answering import say_sent
from app.desk.bench import Typed, conversation_of
from app.desk.bench_forms import FileForm, WriteForm
from app.desk.coming_back import back, shown_again
from app.documents.add import add_document
from app.documents.filenames import safe_filename
from app.documents.labels import CHANNELS, kind_label
from app.documents.models import Document
from app.dossiers.find import by_reference
from app.dossiers.models import Dossier
from app.dossiers.notes import add_note
from app.kernel.access import current_actor, permit
from app.kernel.actors import Actor
from app.kernel.database import use_case
from app.kernel.errors import InvalidInput, NotFound, Refused
from app.kernel.permissions import Permission
from app.kernel.web import told


class Writing:
    """Mixin of the workbench."""

    @expose("/<reference>/reply", methods=["POST"])
    @permit(Permission.CONVERSATIONS_WRITE)
    def reply(self, reference: str) -> ResponseReturnValue:
        """Answer in the dossier's conversation; what was written stays in the box when it is refused."""
        dossier, actor, form = by_reference(reference), current_actor(), WriteForm().checked()
        conversation, text = conversation_of(dossier), str(form.body.data)
        if conversation is None:
            raise NotFound
        act = partial(reply, conversation.id, text=text, actor=actor)
        try:
            seen.answering(conversation, str(form.seen.data), act)
        except (InvalidInput, Refused) as refusal:
            return shown_again(dossier, Typed(body=text), problem=refusal.message, status=refusal.status)
        say_sent()
        return back(dossier)

    @expose("/<reference>/note", methods=["POST"])
    @permit(Permission.DOSSIERS_REVIEW)
    def note(self, reference: str) -> ResponseReturnValue:
        """Keep a note for the staff. It is true whatever the dossier's state has become."""
        dossier, actor, form = by_reference(reference), current_actor(), WriteForm().checked()
        text = str(form.body.data)
        try:
            add_note(dossier.id, text=text, actor=actor)
        except InvalidInput as refusal:
            return shown_again(dossier, Typed(body=text), problem=refusal.message, status=refusal.status)
        told(_("The note is kept."))
        return back(dossier)

    @expose("/<reference>/file", methods=["POST"])
    @permit(Permission.DOSSIERS_REVIEW)
    def add_file(self, reference: str) -> ResponseReturnValue:
        """Add files that came some other way than by mail; a refused one loses nothing that was typed."""
        dossier, actor, form = by_reference(reference), current_actor(), FileForm()
        try:
            act = partial(add_by_hand, dossier, form.checked(), actor=actor)
            added = seen.as_seen(dossier, str(form.seen.data), seen.phase, act)
        except (InvalidInput, Refused) as refusal:
            again = {"kind": form.kind.data, "channel": form.channel.data, "comment": form.comment.data}
            return shown_again(dossier, Typed(file=again), problem=refusal.message, status=refusal.status)
        told(
            ngettext(
                "The file is added. Its pages are shown in a few seconds.",
                "%(num)d files are added. Their pages are shown in a few seconds.",
                len(added),
            )
        )
        return back(dossier, added[0].id)


@use_case
def add_by_hand(dossier: Dossier, form: FileForm, *, actor: Actor) -> list[Document]:
    """Add files, all or none, together with the note that says how they came."""
    if not papers.may_add(dossier):
        raise Refused(_("This dossier has been decided on, so no file is added to it any more."))
    added = [_add(dossier, form, upload, actor) for upload in form.uploads]
    kinds = ", ".join(str(kind_label(one.kind)) for one in added)
    channel = CHANNELS[str(form.channel.data)]
    text = _(
        "Files added by hand (%(kinds)s), %(channel)s: %(comment)s",
        kinds=kinds,
        channel=channel,
        comment=form.comment.data,
    )
    add_note(dossier.id, text=text, actor=actor)
    return added


def _add(dossier: Dossier, form: FileForm, upload: FileStorage, actor: Actor) -> Document:
    """Add one; a refusal names the file, for there may be several."""
    try:
        return add_document(
            dossier.id,
            content=upload.read(),
            filename=upload.filename or "",
            media_type=upload.mimetype or "",
            source=str(form.channel.data),
            kind=form.kind.data or None,
            actor=actor,
        )
    except InvalidInput as refusal:
        name = safe_filename(upload.filename or "")
        raise InvalidInput(f"{name}: {refusal.message}") from None
