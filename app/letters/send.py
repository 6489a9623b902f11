"""Send one letter: claim it, hand it to the mail server, write down what became of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from flask import current_app

from app.gateways import gateways
from app.gateways.mailer import (
    OutgoingAttachment,
    OutgoingMessage,
    PermanentMailerError,
    TemporaryMailerError,
)
from app.kernel import links
from app.kernel.clock import now
from app.kernel.database import db, lock, use_case
from app.kernel.jobs import job
from app.letters import lifecycle, problems
from app.letters.addresses import reply_address
from app.letters.files import UNREADABLE, files_of
from app.letters.models import Letter
from app.letters.paths import LINK_PLACEHOLDER, SINGLE_USE, link_address

SENDER_NAME = "Xignature"
MOST_ATTEMPTS = 8
# Seconds until the next attempt: from a server's hiccup to half a day of being away.
PAUSES = (15, 60, 300, 900, 3600, 3 * 3600, 6 * 3600)


@job("letters.send", retries=5)
def send_letter(letter_id: int) -> None:
    """Send one letter. Done again after a crash it finds the letter's state, so that nothing is sent twice silently."""
    try:
        files = files_of(letter_id)
    except UNREADABLE:
        hold_back(letter_id)
        return
    mail = claim(letter_id)
    # No connection is held while the mail server takes its time: a slow one would otherwise use up the pool.
    db.session.remove()
    if mail is None:
        return
    try:
        answer = gateways().mailer.deliver(replace(mail, attachments=(*mail.attachments, *files)))
    except TemporaryMailerError as error:
        if error.uncertain:
            note_uncertain(letter_id)
        else:
            note_temporary(letter_id, error.code)
    except PermanentMailerError as error:
        note_permanent(letter_id, error.code)
    else:
        note_sent(letter_id, answer)


@use_case
def claim(letter_id: int) -> OutgoingMessage | None:
    """Commit that this letter is being sent, with its fresh link if it has one; None when there is nothing to send.

    A letter found in 'sending' was in the hands of a worker that died, perhaps after the mail server had said 250:
    it becomes 'uncertain', which a person sees and decides on. One that is not due yet may still be withdrawn: it waits.
    """
    letter = lock(Letter, letter_id)
    if letter.status == lifecycle.QUEUED and letter.due_at is not None and letter.due_at > now():
        send_letter.defer(letter_id=letter_id, delay=letter.due_at - now())
        return None
    if letter.status == lifecycle.SENDING:
        lifecycle.doubt(letter, problems.INTERRUPTED)
        return None
    return _message(letter) if lifecycle.claim(letter) else None


@use_case
def hold_back(letter_id: int) -> None:
    """A file that goes with it cannot be read: the letter does not leave without it, and a person sees why."""
    lifecycle.hold_back(lock(Letter, letter_id), problems.FILES)


@use_case
def note_sent(letter_id: int, answer: str) -> None:
    """The mail server took the letter over."""
    lifecycle.sent(lock(Letter, letter_id), answer)


@use_case
def note_uncertain(letter_id: int) -> None:
    """The connection broke between the letter's last byte and the answer: a person decides."""
    lifecycle.doubt(lock(Letter, letter_id), problems.INTERRUPTED)


@use_case
def note_temporary(letter_id: int, code: int) -> None:
    """The mail server could not take it now: again later, deferred with the letter's state, or given up."""
    letter = lock(Letter, letter_id)
    problem = _problem(problems.UNREACHABLE, code)
    if letter.attempts >= MOST_ATTEMPTS:
        lifecycle.fail(letter, problem)
        return
    pause = PAUSES[min(letter.attempts, len(PAUSES)) - 1]
    if lifecycle.wait(letter, problem):
        send_letter.defer(letter_id=letter_id, delay=timedelta(seconds=pause))


@use_case
def note_permanent(letter_id: int, code: int) -> None:
    """The mail server will never take it."""
    lifecycle.fail(lock(Letter, letter_id), _problem(problems.REFUSED, code))


def _problem(kind: str, code: int) -> str:
    """What is stored: the server's code and none of its words, which may quote the address."""
    return f"{kind} {code}" if code else kind


def _message(letter: Letter) -> OutgoingMessage:
    """The letter as it goes out. Its token is made here and exists in the mail and, as a digest, in the database."""
    text, html = letter.text, letter.html
    if letter.link_purpose is not None and letter.link_subject_id is not None:
        address = _fresh_link(letter.link_purpose, letter.link_subject_id)
        text = text.replace(LINK_PLACEHOLDER, address)
        html = html.replace(LINK_PLACEHOLDER, address) if html else html
    settings = current_app.extensions["desk_settings"]
    return OutgoingMessage(
        message_id=letter.message_id,
        from_=(SENDER_NAME, letter.sender),
        to=("", letter.to_address),
        reply_to=(SENDER_NAME, reply_address(letter.conversation_id)),
        subject=letter.subject,
        text=text,
        html=html,
        in_reply_to=letter.in_reply_to,
        references=tuple((letter.references or "").split()),
        headers={"Auto-Submitted": "auto-replied", "X-Loop": settings.support_address}
        if letter.automatic
        else {},
        attachments=_calendar(letter),
    )


def _calendar(letter: Letter) -> tuple[OutgoingAttachment, ...]:
    if letter.calendar is None or letter.calendar_method is None:
        return ()
    file = OutgoingAttachment(
        filename="invitation.ics",
        media_type="text/calendar",
        content=letter.calendar.encode(),
        params={"method": letter.calendar_method},
    )
    return (file,)


def _fresh_link(purpose: str, subject_id: int) -> str:
    settings = current_app.extensions["desk_settings"]
    if purpose in SINGLE_USE:
        # The newest letter's link is the one that works; an earlier attempt's token may have been lost on the way.
        # A link that is used many times is left alone: its owner has the page open while the next letter goes out.
        links.revoke(purpose, subject_id)
    token = links.issue(purpose, subject_id, valid=timedelta(hours=settings.link_hours))
    return link_address(settings.public_url, purpose, token)
