"""The trail's entries about a dossier, in words."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from app.desk.trail_words import verb_label
from app.documents.kinds import DocumentKind
from app.documents.labels import kind_label
from app.documents.reasons import LABELS as REASONS
from app.dossiers.applicant import LABELS as FIELDS

# Told by the message, the note or the call itself, or of no interest to whoever works on the dossier.
HIDDEN = (
    "certificate.intend",
    "conversation.note",
    "conversation.reply",
    "conversation.tag",
    "conversation.untag",
    "document.render",
    "dossier.approve",
    "dossier.book_call",
    "dossier.confirm_identity",
    "dossier.drop_call",
    "dossier.note",
    "dossier.send_back",
    "dossier.suspect_fraud",
    "message.receive",
)
_WORDS: dict[str, Any] = {
    "account.activate": lazy_gettext("activated the account"),
    "account.ask_activation": lazy_gettext("asked for the activation letter again"),
    "account.open": lazy_gettext("opened the account"),
    "account.renew_subject": lazy_gettext("renewed the certificate's subject"),
    "account.resend_activation": lazy_gettext("sent the activation letter again"),
    "account.resend_owner_link": lazy_gettext("sent the link to the owner's page again"),
    "approval.approved": lazy_gettext("approved the enrolment"),
    "approval.rejected": lazy_gettext("rejected the enrolment"),
    "approval.sent_back": lazy_gettext("sent the dossier back"),
    "approval.submit": lazy_gettext("put it before the supervisors"),
    "approval.void": lazy_gettext("made the approval request void, because the evidence changed"),
    "call.aborted": lazy_gettext("recorded the call: aborted"),
    "call.book": lazy_gettext("booked a call"),
    "call.cancel": lazy_gettext("cancelled the call"),
    "call.confirmed": lazy_gettext("recorded the call: identity confirmed"),
    "call.failed": lazy_gettext("recorded the call: failed"),
    "call.invitation_accepted": lazy_gettext("noted that the invitation to the call was accepted"),
    "call.invitation_countered": lazy_gettext("noted that another time for the call was asked for"),
    "call.invitation_declined": lazy_gettext("noted that the invitation to the call was declined"),
    "call.invitation_tentative": lazy_gettext(
        "noted that the invitation to the call was accepted provisionally"
    ),
    "call.no_show": lazy_gettext("recorded the call: nobody came"),
    "call.suspected_fraud": lazy_gettext("recorded the call: suspected fraud"),
    "certificate.issue": lazy_gettext("issued the certificate"),
    "conversation.add_party": lazy_gettext("added an address to the conversation"),
    "conversation.agree_to_party": lazy_gettext("agreed to an address of the conversation"),
    "conversation.attach": lazy_gettext("tied a conversation to this dossier"),
    "conversation.assign": lazy_gettext("gave a conversation a new owner"),
    "conversation.close": lazy_gettext("closed the conversation"),
    "conversation.refuse_party": lazy_gettext("refused an address of the conversation"),
    "conversation.reopen": lazy_gettext("opened the conversation again"),
    "conversation.split": lazy_gettext("split the files of a mail between dossiers"),
    "conversation.snooze": lazy_gettext("let the conversation sleep"),
    "conversation.undo_reply": lazy_gettext("took an answer back before it left"),
    "document.accept": lazy_gettext("accepted: %(document)s"),
    "document.add": lazy_gettext("added: %(document)s"),
    "document.kind": lazy_gettext("changed the kind of a document to %(document)s"),
    "document.move_in": lazy_gettext("received from another dossier: %(document)s"),
    "document.move_out": lazy_gettext("moved to another dossier: %(document)s"),
    "document.refuse": lazy_gettext("asked again: %(document)s"),
    "document.undo": lazy_gettext("took the decision back: %(document)s"),
    "document.withdraw": lazy_gettext("withdrew: %(document)s"),
    "dossier.accept": lazy_gettext("finished the review; the call comes next"),
    "dossier.accept_again": lazy_gettext("finished the review; the call was held before"),
    "dossier.ask_again": lazy_gettext("asked the applicant"),
    "dossier.change_evidence": lazy_gettext("changed the evidence; it is reviewed again"),
    "dossier.complete": lazy_gettext("found the dossier complete"),
    "dossier.edit": lazy_gettext("changed: %(fields)s"),
    "dossier.expire": lazy_gettext("closed it after a long silence"),
    "dossier.give": lazy_gettext("gave the dossier to its own applicant"),
    "dossier.hold": lazy_gettext("held the dossier"),
    "dossier.issue": lazy_gettext("closed the dossier: the certificate is issued"),
    "dossier.lack_again": lazy_gettext("found something missing again"),
    "dossier.lapse": lazy_gettext("let the approval lapse"),
    "dossier.merge": lazy_gettext("merged it into another dossier"),
    "dossier.open": lazy_gettext("opened the dossier"),
    "dossier.reject": lazy_gettext("rejected the dossier"),
    "dossier.release": lazy_gettext("released the dossier"),
    "dossier.reopen": lazy_gettext("opened the dossier again"),
    "dossier.take_in": lazy_gettext("merged another dossier into this one"),
    "dossier.withdraw": lazy_gettext("withdrew the application"),
    "key.hand_in": lazy_gettext("handed in a key"),
    "letter.send_again": lazy_gettext("sent a letter again"),
}
_DECISIONS = ("document.", "approval.", "dossier.reject", "dossier.hold", "dossier.release", "dossier.accept")


def assigned_in_words(by: int | None, to: int | None, name: str) -> str:
    """Who has the dossier from now on."""
    if to is None:
        return _("gave the dossier back")
    return _("took the dossier") if by == to else _("gave the dossier to %(name)s", name=name)


def told_in_words(verb: str, document: str | None, content: dict[str, Any]) -> tuple[str, str]:
    """What an entry says after the actor's name, and its kind: call, decision or event. Other verbs read as in the trail."""
    words = str(_WORDS.get(verb) or verb_label(verb))
    if "%(document)s" in words:
        words = words % {"document": _document(document, content)}
    elif "%(fields)s" in words:
        words = words % {
            "fields": ", ".join(str(FIELDS.get(name, name)) for name in content.get("after", {}))
        }
    return words, _kind(verb)


def _document(kind: str | None, content: dict[str, Any]) -> str:
    """The document as it was called then, with the reasons of a refusal."""
    then = content.get("after") or content.get("kind") or kind
    name = str(kind_label(then)) if then in list(DocumentKind) else _("a document")
    reasons = [str(REASONS[code]) for code in content.get("reasons") or [] if code in REASONS]
    return f"{name} ({', '.join(reasons)})" if reasons else name


def _kind(verb: str) -> str:
    if verb.startswith("call."):
        return "call"
    return "decision" if verb.startswith(_DECISIONS) else "event"
