"""What the workbench shows of one dossier: the context of templates/dossiers/workbench.html."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import select

from app.calls.find import confirmed_call
from app.conversations.models import Conversation, Message
from app.desk import papers, presence, seen
from app.desk.actions import actions_of, may_ask, reason_dialogs, url_of
from app.desk.bench_forms import EditForm
from app.desk.inbox_list import due_pill
from app.desk.timeline import FIRST, MOST, timeline
from app.documents.labels import CHANNELS, KINDS
from app.documents.models import Document
from app.dossiers import lifecycle
from app.dossiers.checklist import checklist
from app.dossiers.edit import FIELDS
from app.dossiers.forms import ApplicantForm
from app.dossiers.models import Dossier
from app.dossiers.saved_views import due_of
from app.kernel.actors import Actor
from app.kernel.database import db
from app.kernel.due import due_words
from app.kernel.locale import age
from app.kernel.permissions import Permission

LANGUAGES = {"en": lazy_gettext("English"), "id": lazy_gettext("Indonesian")}
TYPES = {"birth_date": "date", "passport_expires_on": "date", "kitas_expires_on": "date", "phone": "tel"}
Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What somebody typed into a form that was not accepted, or has not been sent yet, so that nothing is lost."""

    applicant: EditForm | None = None
    body: str = ""
    file: Row | None = None
    ask: Row = field(default_factory=dict)


def page(
    dossier: Dossier,
    *,
    actor: Actor,
    chosen: int | None,
    lines: int = FIRST,
    typed: Typed | None = None,
) -> Row:
    """The whole screen; `chosen` is the id of the document to look at. NotFound when it is not this dossier's."""
    typed = typed or Typed()
    current = papers.choose(dossier, chosen)
    works = Permission.DOSSIERS_REVIEW in actor.permissions
    call_confirmed = confirmed_call(dossier.id) is not None
    story, older = timeline(dossier, actor=actor, limit=min(lines, MOST))
    return {
        "dossier": _head(dossier),
        "others": presence.in_words(presence.others("dossier", dossier.id, but=actor.id)),
        "presence_url": url_of(dossier, "presence", None),
        "actions": actions_of(dossier, actor=actor, current=current, call_confirmed=call_confirmed),
        "reason_dialogs": reason_dialogs(dossier, actor=actor, current=current),
        "checklist": checklist(dossier, call_confirmed=call_confirmed),
        **papers.context(dossier, current, actor=actor),
        "kinds": [{"value": str(kind), "label": label} for kind, label in KINDS.items()],
        "fields": _fields(typed.applicant or ApplicantForm.of(dossier)),
        "fields_url": url_of(dossier, "edit", current) if works and _editable(dossier) else None,
        "fields_seen": seen.applicant(dossier),
        "ask": {**_ask(dossier, current), **typed.ask} if may_ask(dossier, actor) else None,
        "file_url": url_of(dossier, "add_file", current) if works and papers.may_add(dossier) else None,
        "file_seen": seen.phase(dossier),
        "file_typed": typed.file,
        "channels": [{"value": key, "label": label} for key, label in CHANNELS.items()],
        **_joining(dossier, works=works),
        "voids": _voids(dossier),
        "timeline": story,
        "older_url": url_of(dossier, "show", current, lines=lines * 4) if older and lines < MOST else None,
        "write": {**_write(dossier, current), "body": typed.body} if works else None,
    }


def _joining(dossier: Dossier, *, works: bool) -> Row:
    """Where the dialogs post that merge the dossier with another one, and that enter an address not known yet."""
    before = works and dossier.status in lifecycle.BEFORE_APPROVAL
    learns = before and not dossier.email
    return {
        "merge_url": url_for("merge.find", reference=dossier.reference) if before else None,
        "address_url": url_of(dossier, "learn_address", None) if learns else None,
    }


def _head(dossier: Dossier) -> Row:
    verified = _verified(dossier)
    due = due_of(dossier)
    label, tone = due_words(due) if due else (None, "calm")
    return {
        "reference": dossier.reference,
        "applicant": dossier.applicant,
        "address": dossier.email,
        "sender_verified": verified,
        "sender_note": _("The mail server could not vouch for the sender of the newest mail."),
        "state_label": lifecycle.LABELS[dossier.status],
        "tone": lifecycle.TONES[dossier.status],
        "age": age(dossier.status_since),
        "due": label,
        "due_tone": tone,
        "owner": dossier.assigned_to.name if dossier.assigned_to else None,
        "employer": dossier.company,
        "language_label": LANGUAGES[dossier.locale],
    }


def _verified(dossier: Dossier) -> bool | None:
    """Whether the newest mail from the dossier's address came from where it says; None without any mail."""
    if not dossier.email:
        return None
    return db.session.scalar(
        select(Message.sender_verified)
        .join(Conversation)
        .where(
            Conversation.dossier_id == dossier.id,
            Message.direction == "in",
            Message.from_address.ilike(dossier.email, escape="\\") | (Message.from_address == dossier.email),
        )
        .order_by(Message.id.desc())
        .limit(1)
    )


def _editable(dossier: Dossier) -> bool:
    return dossier.status in lifecycle.BEFORE_APPROVAL


def _voids(dossier: Dossier) -> str | None:
    """What somebody must know before changing evidence that lies before the supervisors."""
    if dossier.status != lifecycle.AWAITING_APPROVAL:
        return None
    return _(
        "This dossier waits for a supervisor. If you change it, the request is void and it is reviewed again. Go on?"
    )


def _fields(form: ApplicantForm) -> list[Row]:
    return [_field(form, name) for name in FIELDS]


def _field(form: ApplicantForm, name: str) -> Row:
    one = form[name]
    value = one.raw_data[0] if one.raw_data else one.data
    return {
        "name": name,
        "label": one.label.text,
        "value": "" if value is None else str(value),
        "type": TYPES.get(name, "text"),
        "read": None,
        "agreement": "",
        "error": str(one.errors[0]) if one.errors else None,
    }


def _ask(dossier: Dossier, current: Document | None) -> Row:
    return {
        "url": url_of(dossier, "ask_again", current),
        "documents": papers.askable(dossier),
        "text": "",
        "language_label": LANGUAGES[dossier.locale],
        "preview": None,
        "seen": seen.state(dossier),
    }


def _write(dossier: Dossier, current: Document | None) -> Row:
    conversation = conversation_of(dossier)
    return {
        "note_url": url_of(dossier, "note", current),
        "reply_url": url_of(dossier, "reply", current),
        "reply_to": dossier.person.name.split(" ")[0],
        "can_reply": conversation is not None,
        "due": due_pill(conversation) if conversation else None,
        "seen": seen.last_message(conversation),
    }


def conversation_of(dossier: Dossier) -> Conversation | None:
    """The conversation that answers go into: the newest one with the dossier's own address, if that is known."""
    if not dossier.email:
        return None
    return db.session.scalar(
        select(Conversation)
        .where(Conversation.dossier_id == dossier.id, Conversation.address == dossier.email)
        .order_by(Conversation.id.desc())
        .limit(1)
    )
