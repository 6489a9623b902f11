"""Queue a letter: rendered now, sent by a job after the commit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext

from app.kernel.clock import now
from app.kernel.database import use_case
from app.kernel.errors import InvalidInput
from app.letters import lifecycle, problems
from app.letters.brake import within_brake
from app.letters.linkless import linkless as linkless_words
from app.letters.models import Letter
from app.letters.paths import LINK_PATHS
from app.letters.render import render
from app.letters.send import send_letter
from app.letters.thread import latest_conversation, place_in_thread

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[^\s\x00-\x20\x7f@<>,;:\"()\[\]\\]{1,189}")


@use_case
def queue_letter(
    template: str,
    *,
    to: str,
    locale: str,
    context: Mapping[str, Any],
    sender: str | None = None,
    conversation_id: int | None = None,
    dossier_id: int | None = None,
    account_id: int | None = None,
    link: tuple[str, int] | None = None,
    calendar: tuple[str, str] | None = None,
    automatic: bool = False,
    linkless: bool = False,
    delay: timedelta | None = None,
) -> Letter:
    """Add a letter to what is to be sent; it joins the running use case and leaves only if that commits.

    `template` like 'dossiers/received'; `sender` is the support address unless given; `link` is (purpose, subject id)
    of a personal link, written {{ link }} in the template; `calendar` is (method, text of the .ics).
    An `automatic` letter says so in its headers and is held back, visibly, beyond five of its kind an hour, or
    ten a day, to one address, and beyond forty an hour to a domain whose writers have no dossier.
    A `linkless` one answers somebody who may not have written: no link goes into it, whatever its template says.
    With a `delay` it waits that long, and can be withdrawn meanwhile.
    Raises InvalidInput for an address that no letter can go to.
    """
    address = checked_address(to)
    if conversation_id is None and dossier_id is not None:
        conversation_id = latest_conversation(dossier_id, address)
    words, place = render(template, locale=locale, context=context), place_in_thread(conversation_id)
    words = linkless_words(words) if linkless else words
    letter = Letter(
        kind=template,
        sender=checked_address(sender or current_app.extensions["desk_settings"].support_address),
        to_address=address,
        locale=locale,
        subject=words.subject,
        text=words.text,
        html=words.html,
        message_id=place.message_id,
        in_reply_to=place.in_reply_to,
        references=place.references,
        automatic=automatic,
        conversation_id=conversation_id,
        dossier_id=dossier_id,
        account_id=account_id,
    )
    letter.due_at = now() + delay if delay else None
    _enclose(letter, None if linkless else link, calendar)
    _queue(letter, delay)
    return letter


def can_receive(address: str) -> bool:
    """Tell whether a letter could go to this address, as far as its form tells."""
    return bool(_ADDRESS.fullmatch(address))


def checked_address(address: str) -> str:
    """One plain e-mail address, or InvalidInput: a line break or a second address in it would be a forged header."""
    if not can_receive(address):
        raise InvalidInput(lazy_gettext("This is not one plain e-mail address."))
    return address


def _enclose(letter: Letter, link: tuple[str, int] | None, calendar: tuple[str, str] | None) -> None:
    if link is not None:
        letter.link_purpose, letter.link_subject_id = link
        if letter.link_purpose not in LINK_PATHS:
            raise ValueError("A link of this purpose has no page.")
    if calendar is not None:
        letter.calendar_method, letter.calendar = calendar


def _queue(letter: Letter, delay: timedelta | None) -> None:
    """Defer the sending, unless the brake on automatic letters holds it back."""
    if letter.automatic and not within_brake(letter):
        lifecycle.begin(letter, problems.TOO_MANY)
        return
    lifecycle.begin(letter)
    send_letter.defer(letter_id=letter.id, delay=delay)
