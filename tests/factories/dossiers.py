"""Dossiers and their documents in any state of their life, made by the real verbs."""

from __future__ import annotations

import io
import secrets
from datetime import date
from functools import cache
from typing import Any

from PIL import Image

from app.accounts.people import person_for
from app.documents.add import add_document
from app.documents.labels import REQUIRED
from app.documents.models import Document
from app.documents.render import keep_pictures
from app.documents.rendering.renderer import Page, Rendering
from app.dossiers import lifecycle
from app.dossiers.edit import edit_applicant
from app.dossiers.models import Dossier
from app.dossiers.open import open_dossier
from app.dossiers.review import accept_document, finish_review
from app.kernel.actors import SYSTEM, Actor
from app.kernel.database import db, use_case

PHONE = "+6281234567890"
COMPLETE_DATA: dict[str, Any] = {
    "surname": "ERIKSSON",
    "given_names": "ANNA MARIA",
    "passport_number": "L898902C3",
    "passport_country": "UTO",
    "nationality": "UTO",
    "birth_date": date(1974, 8, 12),
    "passport_expires_on": date(2032, 4, 15),
    "kitas_number": "2C21JE0912-K",
    "kitas_expires_on": date(2030, 1, 31),
    "company": "PT Contoh Jaya",
    "phone": PHONE,
}


@cache
def jpeg(colour: str = "white", width: int = 320, height: int = 200) -> bytes:
    """A small real JPEG."""
    target = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(target, "JPEG")
    return target.getvalue()


@use_case
def new_dossier(
    *, email: str | None = None, phone: str | None = PHONE, locale: str = "en", name: str = "Anna Eriksson"
) -> Dossier:
    """A dossier that collects documents. Needs an application context, as everything here."""
    address = email or f"{secrets.token_hex(5)}@utopia.example"
    person = person_for(address=address, name=name, locale=locale)
    return open_dossier(person=person, email=address, phone=phone, locale=locale, actor=SYSTEM)


def with_document(
    dossier: Dossier, kind: str | None = "passport", *, content: bytes | None = None, **more: Any
) -> Document:
    """One more document of a dossier, as if it had come by mail."""
    values: dict[str, Any] = {"filename": f"{kind}.jpg", "media_type": "image/jpeg", "source": "mail"}
    return add_document(dossier.id, content=content or jpeg(), kind=kind, actor=SYSTEM, **{**values, **more})


def drawn(document: Document) -> Document:
    """The document with a picture of its one page, as the renderer's job leaves it."""
    page = Page(full=jpeg(), thumbnail=jpeg(), width=320, height=200)
    keep_pictures(document.id, Rendering(media_type="image/jpeg", pages=[page]))
    return document


def reviewing(**more: Any) -> Dossier:
    """A dossier to review: the four documents, whose pages can be seen, and the phone number are there."""
    dossier = new_dossier(**more)
    for kind in REQUIRED:
        drawn(with_document(dossier, kind))
    db.session.refresh(dossier)
    assert dossier.status == lifecycle.REVIEWING
    return dossier


def reviewed(agent: Actor, **more: Any) -> Dossier:
    """A dossier whose four documents are accepted and whose data are complete; the review is not finished."""
    dossier = reviewing(**more)
    for document in list(dossier.documents):
        accept_document(document.id, actor=agent)
    return edit_applicant(dossier.id, values=COMPLETE_DATA, actor=agent)


def awaiting_call(agent: Actor, **more: Any) -> Dossier:
    """A dossier whose review is finished by this agent."""
    return finish_review(reviewed(agent, **more).id, call_confirmed=False, actor=agent)


def awaiting_approval(agent: Actor, **more: Any) -> Dossier:
    """A dossier before the supervisors, as if an earlier call had confirmed the identity."""
    return finish_review(reviewed(agent, **more).id, call_confirmed=True, actor=agent)


@use_case
def _put(dossier_id: int, status: str) -> None:
    # Only for tests of lists and of refusals, which need a state and not the way to it.
    dossier = db.session.get_one(Dossier, dossier_id)
    dossier.status = status
    dossier.merged_into_id = dossier_id if status == lifecycle.MERGED else None


def in_state(status: str, **more: Any) -> Dossier:
    """A dossier put into a state directly; use the makers above where the way to it matters."""
    dossier = new_dossier(**more)
    _put(dossier.id, status)
    return dossier
