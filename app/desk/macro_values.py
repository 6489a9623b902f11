"""What a macro's placeholders stand for in one conversation."""

from __future__ import annotations

from flask import current_app
from flask_babel import force_locale

from app.conversations.models import Conversation
from app.dossiers.checklist import LABELS, missing
from app.dossiers.find import open_dossier_of
from app.dossiers.models import Dossier
from app.kernel.actors import Actor
from app.kernel.database import db, fetch
from app.staff.models import StaffMember


def values_for(conversation: Conversation, language: str, *, actor: Actor) -> dict[str, str]:
    """Every placeholder's value as plain text in the letter's language; "" for what there is none of."""
    person, settings = conversation.person, current_app.extensions["desk_settings"]
    dossier = db.session.get(Dossier, conversation.dossier_id) if conversation.dossier_id else None
    dossier = dossier or (open_dossier_of(conversation.address) if conversation.address else None)
    # Somebody of whom only the address is known is not called by it.
    name = person.name if person.name not in (person.email, "?") else ""
    return {
        "first_name": name.split(" ")[0],
        "name": name,
        "dossier": dossier.reference if dossier else "",
        "missing": _missing(dossier, language) if dossier else "",
        "conversation": conversation.reference,
        "my_name": fetch(StaffMember, actor.staff_id).name,
        "support_address": settings.support_address,
        "activation_sender": settings.activation_sender,
        "resend_page": f"{settings.public_url}/register/activate",
    }


def _missing(dossier: Dossier, language: str) -> str:
    with force_locale(language):
        return "\n".join(f"- {LABELS[key]}" for key in missing(dossier))
