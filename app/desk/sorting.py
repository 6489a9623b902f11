"""What is done with a conversation besides answering it: whose it is, its tags, asleep or closed, and the next one."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import ngettext

from app.conversations import lifecycle
from app.conversations.assign import assign, assign_many
from app.conversations.find import by_reference
from app.conversations.models import Conversation
from app.conversations.service_level import due_or_never
from app.conversations.snooze import snooze
from app.conversations.tag import add_tag, remove_tag
from app.conversations.take import take
from app.desk import inbox_views, when
from app.desk.seen import last_message
from app.kernel.access import current_actor, permit
from app.kernel.actors import Actor
from app.kernel.clock import now
from app.kernel.database import lock, use_case
from app.kernel.errors import InvalidInput, Stale
from app.kernel.forms import CONTROL, clean
from app.kernel.locale import moment
from app.kernel.permissions import Permission
from app.kernel.web import told

NOBODY = "nobody"
LONGEST_REASON = 300


class Sorting:
    """Mixin of the inbox."""

    @expose("/<reference>/take", methods=["POST"])
    @permit(Permission.CONVERSATIONS_WRITE)
    def take(self, reference: str) -> ResponseReturnValue:
        """Make it one's own."""
        conversation = take(by_reference(reference).id, actor=current_actor(), seen=_owner_seen())
        told(_("The conversation is yours."))
        return shown(conversation)

    @expose("/<reference>/assign", methods=["POST"])
    @permit(Permission.CONVERSATIONS_WRITE)
    def assign(self, reference: str) -> ResponseReturnValue:
        """Give it to a colleague, or to nobody."""
        conversation = by_reference(reference)
        assign(conversation.id, staff_id=_owner(), actor=current_actor(), seen=_owner_seen())
        told(_("The conversation has a new owner."))
        return shown(conversation)

    @expose("/assign", methods=["POST"])
    @permit(Permission.CONVERSATIONS_WRITE)
    def assign_ticked(self) -> ResponseReturnValue:
        """Give the ticked conversations to one person, or to nobody."""
        ticked = [number(value) for value in request.form.getlist("conversation")]
        if not ticked:
            raise InvalidInput(_("Tick at least one conversation."))
        count = assign_many(ticked, staff_id=_owner(), actor=current_actor())
        told(ngettext("%(num)s conversation assigned.", "%(num)s conversations assigned.", count))
        return redirect(
            url_for("conversations.index", view=request.args.get("view"), tag=request.args.get("tag"))
        )

    @expose("/<reference>/tag", methods=["POST"])
    @permit(Permission.CONVERSATIONS_WRITE)
    def tag(self, reference: str) -> ResponseReturnValue:
        """Put a tag on it, or take one off."""
        conversation, actor = by_reference(reference), current_actor()
        if "remove" in request.form:
            remove_tag(conversation.id, number(request.form["remove"]), actor=actor)
        else:
            add_tag(conversation.id, request.form.get("add") or request.form.get("name", ""), actor=actor)
        return shown(conversation)

    @expose("/<reference>/snooze", methods=["POST"])
    @permit(Permission.CONVERSATIONS_WRITE)
    def snooze(self, reference: str) -> ResponseReturnValue:
        """Put it aside until a moment."""
        until = when.chosen(request.form.get("until", ""), request.form.get("day", ""), at=now())
        snooze(by_reference(reference).id, until=until, actor=current_actor())
        told(_("It sleeps until %(moment)s. Mail in it wakes it earlier.", moment=moment(until)))
        return redirect(url_for("conversations.index"))

    @expose("/<reference>/close", methods=["POST"])
    @permit(Permission.CONVERSATIONS_WRITE)
    def close(self, reference: str) -> ResponseReturnValue:
        """Nothing is left to answer."""
        reason = clean(request.form.get("reason"))
        if len(reason) > LONGEST_REASON or CONTROL.search(reason):
            raise InvalidInput(_("A reason has up to 300 characters."))
        conversation = by_reference(reference)
        close_as_seen(conversation, request.form.get("seen"), reason or None, actor=current_actor())
        told(_("The conversation is closed. A new mail in it opens it again."))
        return redirect(url_for("conversations.index"))

    @expose("/<reference>/open", methods=["POST"])
    @permit(Permission.CONVERSATIONS_WRITE)
    def open_again(self, reference: str) -> ResponseReturnValue:
        """There is something to answer after all."""
        conversation = by_reference(reference)
        lifecycle.open_again(conversation, actor=current_actor())
        return shown(conversation)

    @expose("/<reference>/next")
    def next(self, reference: str) -> ResponseReturnValue:
        """The conversation that waits after this one."""
        conversation = by_reference(reference)
        return to_next(conversation, inbox_views.Place(due_or_never(conversation), conversation.id))


@use_case
def close_as_seen(conversation: Conversation, seen: str | None, reason: str | None, *, actor: Actor) -> None:
    """Close what its page showed: Stale when mail has come since, which nobody would read any more."""
    lock(Conversation, conversation.id)
    if seen is not None and last_message(conversation) != seen:
        raise Stale(
            _(
                "Somebody has written in this conversation since you opened the page, so it was not closed. "
                "Read what is new first."
            )
        )
    lifecycle.close(conversation, actor=actor, reason=reason)


def shown(conversation: Conversation) -> ResponseReturnValue:
    """Back to the conversation's screen."""
    return redirect(url_for("conversations.show", reference=conversation.reference))


def to_next(conversation: Conversation, place: inbox_views.Place) -> ResponseReturnValue:
    """On to the next one that waits, or to the empty list that says so."""
    following = inbox_views.next_waiting(place, actor=current_actor())
    if following is None or following.id == conversation.id:
        told(_("No other conversation waits."))
        return redirect(url_for("conversations.index"))
    return shown(following)


def number(text: str) -> int:
    """An id out of a form, or InvalidInput."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise InvalidInput
    return int(text)


def _owner() -> int | None:
    owner = request.form.get("owner", "")
    return None if owner == NOBODY else number(owner)


def _owner_seen() -> tuple[int | None] | None:
    """The owner that the page showed, None for a form that showed none."""
    seen = request.form.get("seen_owner")
    if seen is None:
        return None
    return (None,) if seen == NOBODY else (number(seen),)
