"""Who takes part in a conversation: what its screen shows of them, and what an agent says about them."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _

from app.conversations.find import by_reference
from app.conversations.models import Conversation, Party
from app.conversations.parties import (
    LABELS,
    TONES,
    PartyRole,
    add_party,
    agree_to,
    parties_of,
    party_in,
    refuse,
)
from app.kernel.access import current_actor, permit
from app.kernel.forms import clean
from app.kernel.locale import moment
from app.kernel.permissions import Permission
from app.kernel.web import told

Row = dict[str, Any]


class TakingPart:
    """Mixin of the conversations' screen."""

    @expose("/<reference>/parties", methods=["POST"])
    @permit(Permission.CONVERSATIONS_WRITE)
    def add_party(self, reference: str) -> ResponseReturnValue:
        """Let an address take part that did not write here."""
        party = add_party(
            by_reference(reference).id,
            address=clean(request.form.get("address")),
            name=clean(request.form.get("name")),
            role=request.form.get("role", ""),
            actor=current_actor(),
        )
        return _told(reference, party)

    @expose("/<reference>/parties/<int(max=9223372036854775807):party_id>/agree", methods=["POST"])
    @permit(Permission.CONVERSATIONS_WRITE)
    def agree_to_party(self, reference: str, party_id: int) -> ResponseReturnValue:
        """It is the person, or writes on their behalf: from now on answers may go there."""
        party = party_in(by_reference(reference), party_id)
        role = request.form.get("role", "")
        return _told(reference, agree_to(party.id, role=role, actor=current_actor()))

    @expose("/<reference>/parties/<int(max=9223372036854775807):party_id>/refuse", methods=["POST"])
    @permit(Permission.CONVERSATIONS_WRITE)
    def refuse_party(self, reference: str, party_id: int) -> ResponseReturnValue:
        """Nothing goes there."""
        party = refuse(party_in(by_reference(reference), party_id).id, actor=current_actor())
        told(_("Nothing will be sent to %(address)s from here.", address=party.address))
        return redirect(url_for("conversations.show", reference=reference))


def taking_part(conversation: Conversation, *, works: bool) -> Row:
    """The context of templates/conversations/parties.html. Who waits for an agent has the keys."""
    parties = parties_of(conversation)
    asked = next((one.id for one in parties if one.role == PartyRole.ASKED), None)
    return {
        "rows": [_row(one, conversation, works=works, keys=one.id == asked) for one in parties],
        "add_url": url_for("conversations.add_party", reference=conversation.reference) if works else None,
        "roles": [{"value": role, "label": LABELS[role]} for role in (PartyRole.SELF, PartyRole.ON_BEHALF)],
    }


def _row(party: Party, conversation: Conversation, *, works: bool, keys: bool) -> Row:
    own = party.address == conversation.address.lower()
    return {
        "address": party.address,
        "name": party.name if party.name.lower() != party.address else "",
        "label": LABELS[PartyRole(party.role)],
        "tone": TONES[PartyRole(party.role)],
        "since_label": moment(party.since),
        "actions": _actions(party, conversation.reference, keys=keys) if works and not own else [],
    }


def _actions(party: Party, reference: str, *, keys: bool) -> list[Row]:
    """What else this address can become, each {label, url, role, key}."""
    agree = url_for("conversations.agree_to_party", reference=reference, party_id=party.id)
    no = url_for("conversations.refuse_party", reference=reference, party_id=party.id)
    possible = [
        {"role": PartyRole.SELF, "label": _("It is the person"), "url": agree, "key": "y"},
        {"role": PartyRole.ON_BEHALF, "label": _("On their behalf"), "url": agree, "key": "h"},
        {"role": PartyRole.REFUSED, "label": _("Refuse"), "url": no, "key": "x"},
    ]
    return [{**one, "key": one["key"] if keys else None} for one in possible if one["role"] != party.role]


def _told(reference: str, party: Party) -> ResponseReturnValue:
    told(_("Answers may go to %(address)s from now on.", address=party.address))
    return redirect(url_for("conversations.show", reference=reference))
