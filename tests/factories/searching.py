"""A desk on which there is something to find. Needs an application context."""

from __future__ import annotations

from flask import current_app

from app.conversations.models import Conversation
from app.desk.search_filters import Filters
from app.desk.search_page import catch_up, overview
from app.kernel.actors import Actor
from app.kernel.database import use_case
from app.kernel.full_text.asked import asked
from tests.factories import conversations as talk
from tests.factories import dossiers as make


@use_case
def said(text: str, *, name: str = "Anna Eriksson", email: str | None = None) -> Conversation:
    """What somebody wrote, in a conversation of their own."""
    return talk.talking(make.new_dossier(name=name, email=email, phone=None), text)


def found(terms: str, *, actor: Actor, filters: Filters | None = None) -> dict[str, list[str]]:
    """What this person finds: the references of each group, the best first."""
    catch_up()
    question = asked(terms)
    if question is None:
        return {}
    with current_app.test_request_context("/desk/search/"):
        groups = overview(question, filters or Filters(), actor=actor, most=50)
    return {group["key"]: [_plain(row["reference"]) for row in group["rows"]] for group in groups}


def _plain(pieces: list[tuple[str, bool]]) -> str:
    return "".join(text for text, _hit in pieces)
