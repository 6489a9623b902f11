"""Ask the applicant again, in two presses: the letter is shown, then exactly that letter is sent."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Any

from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _

from app.desk import papers, seen
from app.desk.bench import Typed
from app.desk.bench_forms import AskForm
from app.desk.coming_back import back, shown_again
from app.dossiers.ask_again import ask_again, preview_ask_again
from app.dossiers.find import by_reference
from app.dossiers.models import Dossier
from app.kernel.access import current_actor, permit
from app.kernel.actors import Actor
from app.kernel.errors import InvalidInput, Refused, Stale
from app.kernel.permissions import Permission
from app.kernel.web import told
from app.letters.render import Words


class Asking:
    """Mixin of the workbench."""

    @expose("/<reference>/ask-again", methods=["POST"])
    @permit(Permission.DOSSIERS_REVIEW)
    def ask_again(self, reference: str) -> ResponseReturnValue:
        """Show the letter, or send the one that was shown."""
        dossier, actor, form = by_reference(reference), current_actor(), AskForm().checked()
        try:
            if form.step.data == "preview":
                return shown_again(dossier, Typed(ask=_previewed(dossier, form, actor)))
            act = partial(_send, dossier, form, actor)
            seen.as_seen(dossier, str(form.seen.data), seen.state, act)
        except (InvalidInput, Refused) as refusal:
            again = Typed(ask={**_typed(dossier, form), "open": True})
            return shown_again(dossier, again, problem=refusal.message, status=refusal.status)
        told(_("The letter is on its way. The dossier waits for the applicant."))
        return back(dossier)


def _send(dossier: Dossier, form: AskForm, actor: Actor) -> Dossier:
    """Send the letter if it still says what was shown: meanwhile a document may have come in that it asks for."""
    requests, text = form.ticked(), str(form.text.data or "")
    words = preview_ask_again(dossier.id, requests=requests, text=text, actor=actor)
    if _digest(words) != form.preview_digest.data:
        raise Stale(
            _(
                "The letter would not say any more what you were shown, so it was not sent. Please look at it again."
            )
        )
    return ask_again(dossier.id, requests=requests, text=text, actor=actor)


def _previewed(dossier: Dossier, form: AskForm, actor: Actor) -> dict[str, Any]:
    words = preview_ask_again(dossier.id, requests=form.ticked(), text=str(form.text.data or ""), actor=actor)
    preview = {"subject": words.subject, "body": words.text, "digest": _digest(words)}
    return {**_typed(dossier, form), "preview": preview, "open": True}


def _typed(dossier: Dossier, form: AskForm) -> dict[str, Any]:
    """What was ticked and written, to stand on the page again."""
    ticked = {str(subject): reasons for subject, reasons in form.ticked()}
    documents = [{**row, "ticked": ticked.get(str(row["id"]), [])} for row in papers.askable(dossier)]
    return {"documents": documents, "text": form.text.data or ""}


def _digest(words: Words) -> str:
    return hashlib.sha256(f"{words.subject}\0{words.text}".encode()).hexdigest()
