"""What happened to an account's activation letters and their links, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy import select

from app.accounts.letters import ACTIVATE
from app.accounts.models import Account
from app.accounts.owner_link import OWNER
from app.kernel import links
from app.kernel.clock import now
from app.kernel.database import db
from app.kernel.links import Link
from app.kernel.locale import moment
from app.letters import lifecycle
from app.letters.models import Letter

MOST = 30
Event = tuple[datetime, str, str | None, str]


def history_of(account: Account) -> list[dict[str, Any]]:
    """At most MOST lines {at_label, text, pill, tone}."""
    events = [*_letters(account), *_links(account), *_account(account)]
    newest = sorted(events, key=lambda event: event[0], reverse=True)[:MOST]
    return [
        {"at_label": moment(at), "text": text, "pill": pill, "tone": tone} for at, text, pill, tone in newest
    ]


def _letters(account: Account) -> Iterator[Event]:
    kinds = {
        "accounts/activation": gettext("Activation letter to %(address)s", address=account.email),
        "certificates/make_key": gettext("Letter: make your key"),
        "certificates/issued": gettext("Letter: the certificate is issued"),
    }
    found = db.session.scalars(
        select(Letter).where(Letter.account_id == account.id).order_by(Letter.id.desc()).limit(MOST)
    )
    for letter in found:
        yield (
            letter.sent_at or letter.created_at,
            kinds.get(letter.kind, letter.kind),
            str(lifecycle.LABELS[letter.status]),
            lifecycle.TONES[letter.status],
        )


def _links(account: Account) -> Iterator[Event]:
    names = {ACTIVATE: gettext("Activation link"), OWNER: gettext("Link to the owner's page")}
    for purpose, name in names.items():
        for link in links.of(purpose, account.id)[:MOST]:
            yield from _link(link, name)


def _link(link: Link, name: str) -> Iterator[Event]:
    label, tone = _state(link)
    text = gettext("%(link)s, until %(moment)s", link=name, moment=moment(link.expires_at))
    yield link.created_at, text, label, tone
    if link.opened_at:
        yield link.opened_at, gettext("%(link)s: page opened", link=name), None, ""


def _state(link: Link) -> tuple[str, str]:
    if link.used_at:
        return gettext("used"), "good"
    if link.revoked_at:
        return gettext("withdrawn"), "calm"
    if link.expires_at <= now():
        return gettext("expired"), "warn"
    return gettext("works"), "accent"


def _account(account: Account) -> Iterator[Event]:
    yield account.created_at, gettext("Account opened by the approval"), None, ""
    if account.activated_at:
        yield account.activated_at, gettext("Account activated by its owner"), None, "good"
