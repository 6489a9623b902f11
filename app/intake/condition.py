"""How each mailbox is doing, gravest thing first; the home screen, the health page and the metrics read it here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext

from app.intake import mailbox_problems, token_store
from app.intake.models import MailboxState
from app.kernel.clock import JAKARTA, now
from app.kernel.database import db
from app.kernel.locale import age, day
from config import MailboxSettings

ENDS_SOON = timedelta(days=14)
GOOD, WARN, BAD = "good", "warn", "bad"
# Nobody but a person mends these, so they are told at once; the others may pass before anybody has to know.
_PERSONS = ("insecure", "no_folder", "no_numbers", "sign_in_refused", "token_refused", "untrusted")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing to say of a mailbox: a word for the pill, its tone, a sentence, and since when."""

    label: str
    tone: str
    sentence: str
    since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Condition:
    """A mailbox and what there is to say of it; `findings` is never empty, the gravest comes first."""

    which: MailboxSettings
    state: MailboxState
    findings: tuple[Finding, ...]

    @property
    def worst(self) -> Finding:
        """What is said where there is room for one thing."""
        return self.findings[0]


def conditions() -> list[Condition]:
    """Of every mailbox that the settings name, in their order."""
    found = {one.mailbox: one for one in db.session.query(MailboxState)}
    mailboxes: tuple[MailboxSettings, ...] = current_app.extensions["desk_settings"].mailboxes
    return [_condition(which, found.get(which.ledger_name)) for which in mailboxes]


def _condition(which: MailboxSettings, state: MailboxState | None) -> Condition:
    state = state or MailboxState(mailbox=which.ledger_name, unmatched=[], missing=0)
    findings = [*_visits(state), *_counts(state), *_tokens(which, state), *_told(state)]
    findings.sort(key=lambda one: one.tone != BAD)
    return Condition(which=which, state=state, findings=tuple(findings) or (_well(state),))


def _visits(state: MailboxState) -> Iterator[Finding]:
    silent = _silent(state)
    if state.problem:
        grave = silent or state.problem in _PERSONS
        yield Finding(
            label=_("not reached"),
            tone=BAD if grave else WARN,
            sentence=mailbox_problems.sentence(state.problem),
            since=state.problem_since,
        )
    elif state.last_success_at is None and state.last_mail_at is None:
        yield Finding(label=_("never ran"), tone=WARN, sentence=_("It was not visited yet."))
    elif silent:
        yield Finding(
            label=_("silent"),
            tone=BAD,
            sentence=_(
                "It was not visited for %(age)s.", age=age(state.last_success_at or state.last_mail_at)
            ),
            since=state.last_success_at or state.last_mail_at,
        )


def _silent(state: MailboxState) -> bool:
    """No sign of life for too long. Mail that comes in is one: the first visit of a full mailbox takes a while."""
    limit = timedelta(minutes=current_app.extensions["desk_settings"].intake_silent_minutes)
    signs = [one for one in (state.last_success_at, state.last_mail_at) if one is not None]
    last = max(signs, default=state.problem_since)
    return last is not None and now() - last > limit


def _counts(state: MailboxState) -> Iterator[Finding]:
    if state.missing:
        yield Finding(
            label=_("mail missing"),
            tone=BAD,
            sentence=ngettext(
                "%(num)s message lies on the server and was not taken in.",
                "%(num)s messages lie on the server and were not taken in.",
                state.missing,
            ),
            since=state.counted_at,
        )


def _tokens(which: MailboxSettings, state: MailboxState) -> Iterator[Finding]:
    if which.tokens is None:
        return
    ends, problem, since = token_store.ends_at(which)
    if problem and problem != state.problem:
        sentence = mailbox_problems.sentence(problem)
        yield Finding(label=_("no new token"), tone=WARN, sentence=sentence, since=since)
    on = _first(ends, which)
    if on is not None and on - now() < ENDS_SOON:
        ended = on < now()
        yield Finding(
            label=_("access ended") if ended else _("access ends"),
            tone=BAD if ended else WARN,
            sentence=_("The refresh token or client secret ends on %(day)s: get a new one.", day=day(on)),
        )


def _first(ends: datetime | None, which: MailboxSettings) -> datetime | None:
    """The earlier of what the provider said and what the settings say (the end of that day)."""
    known = [ends] if ends else []
    if which.tokens and which.tokens.expires_on:
        known.append(datetime.combine(which.tokens.expires_on, time(23, 59), JAKARTA).astimezone(UTC))
    return min(known, default=None)


def token_ends(which: MailboxSettings) -> datetime | None:
    """When the refresh token or the client secret ends, as far as known."""
    return _first(token_store.ends_at(which)[0], which) if which.tokens else None


def _told(state: MailboxState) -> Iterator[Finding]:
    if state.told_problem:
        why = mailbox_problems.sentence(state.told_problem)
        yield Finding(
            label=_("not marked"),
            tone=WARN,
            sentence=_("Filed mail could not be marked or moved; it is tried again. %(why)s", why=why),
        )


def _well(state: MailboxState) -> Finding:
    if state.last_mail_at is None:
        return Finding(label=_("healthy"), tone=GOOD, sentence=_("No mail yet."))
    return Finding(
        label=_("healthy"), tone=GOOD, sentence=_("Last mail %(age)s ago.", age=age(state.last_mail_at))
    )
