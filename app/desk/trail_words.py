"""The trail's verbs in words."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, lazy_gettext

FAMILIES: dict[str, Any] = {
    "account": lazy_gettext("Account and activation"),
    "approval": lazy_gettext("Approval"),
    "call": lazy_gettext("Call"),
    "certificate": lazy_gettext("Certificate"),
    "conversation": lazy_gettext("Conversation"),
    "document": lazy_gettext("Document"),
    "dossier": lazy_gettext("Dossier"),
    "key": lazy_gettext("Key"),
    "letter": lazy_gettext("Letter"),
    "macro": lazy_gettext("Macro"),
    "message": lazy_gettext("Message"),
    "person": lazy_gettext("Person"),
    "staff": lazy_gettext("Staff"),
}

VERBS: dict[str, Any] = {
    "account.activate": lazy_gettext("Account activated"),
    "account.ask_activation": lazy_gettext("Activation letter asked for"),
    "account.close": lazy_gettext("Account closed"),
    "account.open": lazy_gettext("Account opened"),
    "account.renew_subject": lazy_gettext("Certificate's subject renewed"),
    "account.resend_activation": lazy_gettext("Activation letter sent again"),
    "account.resend_owner_link": lazy_gettext("Owner's link sent again"),
    "approval.approved": lazy_gettext("Approved"),
    "approval.rejected": lazy_gettext("Rejected by the approver"),
    "approval.sent_back": lazy_gettext("Sent back"),
    "approval.submit": lazy_gettext("Submitted for approval"),
    "approval.void": lazy_gettext("Approval request void"),
    "call.aborted": lazy_gettext("Call aborted"),
    "call.book": lazy_gettext("Call booked"),
    "call.cancel": lazy_gettext("Call cancelled"),
    "call.confirmed": lazy_gettext("Identity confirmed in the call"),
    "call.failed": lazy_gettext("Call failed"),
    "call.no_show": lazy_gettext("Nobody came to the call"),
    "call.set_aside": lazy_gettext("Another call wanted"),
    "call.suspected_fraud": lazy_gettext("Fraud suspected in the call"),
    "certificate.intend": lazy_gettext("Certificate's serial number stored"),
    "certificate.issue": lazy_gettext("Certificate issued"),
    "conversation.assign": lazy_gettext("Conversation assigned"),
    "conversation.attach": lazy_gettext("Conversation put to a dossier"),
    "conversation.close": lazy_gettext("Conversation closed"),
    "conversation.note": lazy_gettext("Note written on a conversation"),
    "conversation.reopen": lazy_gettext("Conversation opened again"),
    "conversation.reply": lazy_gettext("Mail answered"),
    "conversation.snooze": lazy_gettext("Conversation snoozed"),
    "conversation.tag": lazy_gettext("Conversation tagged"),
    "conversation.undo_reply": lazy_gettext("Answer taken back before it left"),
    "conversation.untag": lazy_gettext("Tag taken off a conversation"),
    "document.accept": lazy_gettext("Document accepted"),
    "document.add": lazy_gettext("Document added"),
    "document.kind": lazy_gettext("Document's kind changed"),
    "document.refuse": lazy_gettext("Document asked for again"),
    "document.render": lazy_gettext("Page pictures made"),
    "document.undo": lazy_gettext("Decision on a document undone"),
    "document.withdraw": lazy_gettext("Document made inactive"),
    "dossier.accept": lazy_gettext("Documents accepted"),
    "dossier.accept_again": lazy_gettext("Documents accepted again"),
    "dossier.approve": lazy_gettext("Dossier approved"),
    "dossier.ask_again": lazy_gettext("Applicant asked again"),
    "dossier.assign": lazy_gettext("Dossier assigned"),
    "dossier.book_call": lazy_gettext("Dossier: call booked"),
    "dossier.change_evidence": lazy_gettext("Evidence changed, back to review"),
    "dossier.complete": lazy_gettext("Dossier complete"),
    "dossier.confirm_identity": lazy_gettext("Dossier: identity confirmed"),
    "dossier.drop_call": lazy_gettext("Dossier: call fell through"),
    "dossier.edit": lazy_gettext("Applicant's data edited"),
    "dossier.expire": lazy_gettext("Dossier expired"),
    "dossier.hold": lazy_gettext("Dossier held"),
    "dossier.issue": lazy_gettext("Dossier closed: issued"),
    "dossier.lapse": lazy_gettext("Approval lapsed"),
    "dossier.note": lazy_gettext("Note written"),
    "dossier.open": lazy_gettext("Dossier opened"),
    "dossier.reject": lazy_gettext("Dossier rejected"),
    "dossier.release": lazy_gettext("Dossier released"),
    "dossier.reopen": lazy_gettext("Dossier opened again"),
    "dossier.send_back": lazy_gettext("Dossier sent back"),
    "dossier.suspect_fraud": lazy_gettext("Dossier held: fraud suspected"),
    "dossier.withdraw": lazy_gettext("Dossier withdrawn"),
    "key.hand_in": lazy_gettext("Owner's key handed in"),
    "letter.send_again": lazy_gettext("Letter sent again"),
    "macro.bring_back": lazy_gettext("Macro used again"),
    "macro.edit": lazy_gettext("Macro edited"),
    "macro.retire": lazy_gettext("Macro put away"),
    "macro.write": lazy_gettext("Macro written"),
    "message.receive": lazy_gettext("Mail received"),
    "person.language": lazy_gettext("Language of a person's letters changed"),
    "staff.add": lazy_gettext("Staff member added"),
    "staff.bypass_second_administrator": lazy_gettext("Powers given from the shell"),
    "staff.change_password": lazy_gettext("Password changed"),
    "staff.disable": lazy_gettext("Staff member disabled"),
    "staff.fail_sign_in": lazy_gettext("Sign-in failed"),
    "staff.lock_sign_in": lazy_gettext("Sign-in locked"),
    "staff.propose": lazy_gettext("Staff member proposed"),
    "staff.sign_in": lazy_gettext("Signed in"),
    "staff.sign_out": lazy_gettext("Signed out"),
}


def verb_label(verb: str) -> str:
    """A verb in the reader's language; one of another release is shown as it is."""
    return str(VERBS.get(verb, verb))


def actor_label(kind: str, name: str | None) -> str:
    """Who acted: a name for staff."""
    if kind == "staff":
        return name or gettext("Staff")
    return gettext("Applicant") if kind == "applicant" else gettext("The desk")
