"""Writing in a conversation: answers, taking one back, notes, macros."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from flask import current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _

from app.conversations import lifecycle
from app.conversations.enclose import File
from app.conversations.find import by_reference
from app.conversations.models import Conversation
from app.conversations.notes import add_note
from app.conversations.reply import reply
from app.conversations.service_level import due_or_never
from app.conversations.undo import undo
from app.desk import macro_values, seen, talk
from app.desk.inbox_views import Place
from app.desk.sorting import number, shown, to_next
from app.kernel.access import current_actor, permit
from app.kernel.actors import Actor
from app.kernel.database import use_case
from app.kernel.errors import InvalidInput, Refused
from app.kernel.forms import clean
from app.kernel.locale import LANGUAGES
from app.kernel.permissions import Permission
from app.kernel.web import told
from app.knowledge.edit import use_macro
from app.knowledge.placeholders import fill

SEND, AND_CLOSE, AND_NEXT = "reply", "reply_close", "reply_next"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer as its form sent it."""

    text: str
    files: list[File]
    language: str | None
    quoting: bool
    to: str | None
    closing: bool


class Answering:
    """Mixin of the inbox."""

    @expose("/<reference>/reply", methods=["POST"])
    @permit(Permission.CONVERSATIONS_WRITE)
    def reply(self, reference: str) -> ResponseReturnValue:
        """Answer, and go on as the pressed button says; what was written stays in the box when it is refused."""
        conversation, answer, kind = by_reference(reference), _answer(), request.form.get("kind")
        place = Place(due_or_never(conversation), conversation.id)
        act = partial(send, conversation.id, answer, actor=current_actor())
        try:
            # What was meant as something else, as by a page of an older release, never leaves the house.
            if kind not in (SEND, AND_CLOSE, AND_NEXT):
                raise InvalidInput
            seen.answering(conversation, request.form.get("seen") or seen.last_message(conversation), act)
        except (InvalidInput, Refused) as refusal:
            return _again(conversation, refusal, answer=answer)
        say_sent()
        return to_next(conversation, place) if kind == AND_NEXT else shown(conversation)

    @expose("/<reference>/undo", methods=["POST"])
    @permit(Permission.CONVERSATIONS_WRITE)
    def undo(self, reference: str) -> ResponseReturnValue:
        """Take one's answer back before it leaves."""
        by_reference(reference)
        conversation = undo(number(request.form.get("message", "")), actor=current_actor())
        told(_("The answer was taken back. It is in the box again."))
        return shown(conversation)

    @expose("/<reference>/note", methods=["POST"])
    @permit(Permission.CONVERSATIONS_WRITE)
    def note(self, reference: str) -> ResponseReturnValue:
        """Keep a note for colleagues."""
        conversation, text = by_reference(reference), clean(request.form.get("note"))
        try:
            add_note(conversation.id, text=text, actor=current_actor())
        except InvalidInput as refusal:
            return _again(conversation, refusal, note=text)
        told(_("The note is kept. Only colleagues see it."))
        return shown(conversation)

    @expose("/<reference>/macro", methods=["POST"])
    @permit(Permission.CONVERSATIONS_WRITE)
    def macro(self, reference: str) -> ResponseReturnValue:
        """A macro's text, filled for this conversation in the language of the letter, for the script that inserts it."""
        conversation, language = by_reference(reference), request.form.get("language", "")
        if language not in LANGUAGES:
            raise InvalidInput
        found = use_macro(number(request.form.get("macro", "")))
        values = macro_values.values_for(conversation, language, actor=current_actor())
        return jsonify(text=fill(found.text_id if language == "id" else found.text_en, values))


@use_case
def send(conversation_id: int, answer: Answer, *, actor: Actor) -> None:
    """Send an answer and, if that was the button, close the conversation with it."""
    message = reply(
        conversation_id,
        text=answer.text,
        files=answer.files,
        language=answer.language,
        to=answer.to,
        quoting=answer.quoting,
        from_draft=True,
        actor=actor,
    )
    if answer.closing:
        lifecycle.close(message.conversation, actor=actor)


def say_sent() -> None:
    """The bar with the undo tells it by itself; without one a sentence does."""
    if not current_app.extensions["desk_settings"].undo_send_seconds:
        told(_("The answer is on its way."))


def uploads(name: str) -> list[File]:
    """The files of a form field; a browser sends an empty one when none was chosen."""
    sent = request.files.getlist(name)
    return [File(filename=one.filename or "", content=one.read()) for one in sent if one.filename]


def _answer() -> Answer:
    return Answer(
        text=clean(request.form.get("body")),
        files=uploads("files"),
        language=request.form.get("language") or None,
        quoting="quote" in request.form,
        to=request.form.get("to") or None,
        closing=request.form.get("kind") == AND_CLOSE,
    )


def _again(
    conversation: Conversation,
    refusal: InvalidInput | Refused,
    *,
    answer: Answer | None = None,
    note: str | None = None,
) -> ResponseReturnValue:
    """The page once more with what was typed and chosen, and the reason why it was not taken."""
    context = talk.page(conversation, actor=current_actor(), body=answer.text if answer else "")
    box = context["reply"] or {}
    box |= {"errors": {"body" if answer else "note": refusal.message}, "note": note}
    if answer is not None:
        # Whom it was meant for above all: sent once more, it must not go to somebody else.
        box["values"] = {**box["values"], "to": answer.to, "quote": answer.quoting}
        box["language"] = answer.language or box["language"]
    context["reply"] = box
    return render_template("conversations/conversation.html", **context), refusal.status
