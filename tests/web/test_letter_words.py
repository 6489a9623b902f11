"""Every letter as its reader gets it, word for word: tests/golden/letters holds what was read and agreed to.

After a wanted change run this file with GOLDEN=write in the environment, and read the difference before committing it.
"""

from __future__ import annotations

import os
import re
from html import unescape
from typing import Any

import pytest
from flask import Flask

from app.letters.labels import KINDS
from app.letters.render import render
from config import PROJECT

GOLDEN = PROJECT / "tests" / "golden" / "letters"
PERSON = {"name": "Zoë O'Sullivan & Söhne", "reference": "D-7F3K2", "hours": 72}
CALL = {
    "starts": "Mon 30 Nov 2026, 10:00 WIB",
    "minutes": 15,
    "agent": "Sari Wulandari",
    "applicant": "Anna <b>E</b>",
}
CONTEXTS: dict[str, dict[str, Any]] = {
    "accounts/activation": {"resend_url": "https://desk.example/register/activate"},
    "calls/cancelled": {**CALL, "rebook": True},
    "calls/cancelled_staff": CALL,
    "calls/invitation": {**CALL, "join_url": "https://meet.example/r/1?a=b&c=d"},
    "calls/invitation_staff": {**CALL, "join_url": "https://meet.example/r/1"},
    "certificates/issued": {},
    "certificates/make_key": {},
    "conversations/received": {"subject": "How do I sign?", "reference": "C-AAAAAAA"},
    "conversations/reply": {
        "subject": "Re: How do I sign?",
        "text": "Open https://xignature.co.id/help. Then:\n\n  - sign in,\n  - press <Sign>.\n\n> How do I sign?\n> Anna",
    },
    "dossiers/ask_again": {
        "asked": [{"kind": "passport", "filename": "pass & port.pdf", "reasons": ["glare", "cut_off"]}],
        "missing": ["kitas"],
        "text": "The second page is enough.\nThank you.",
    },
    "dossiers/received": {"arrived": ["passport", "phone"], "unsorted": ["IMG_1.jpg"], "missing": ["kitas"]},
    "dossiers/rejected": {"text": "The company has withdrawn its letter."},
    "intake/too_large": {"subject": "My papers", "size": 61, "limit": 50, "usable": 35},
    "staff/powers_given": {"reader": "Dewi", "at": "26 Nov 2026, 10:00", "roles": "supervisor"},
}


@pytest.mark.parametrize("locale", ["en", "id"])
def test_every_letter_says_what_was_agreed(app: Flask, locale: str) -> None:
    assert set(CONTEXTS) == set(KINDS), "Give each letter a context here, so that its words are held."
    for kind, context in CONTEXTS.items():
        with app.app_context():
            words = render(kind, locale=locale, context={**PERSON, **context})
        name = f"{kind.replace('/', '-')}.{locale}"
        _hold(f"{name}.txt", f"Subject: {words.subject}\n\n{words.text}")
        _hold(f"{name}.html", words.html + "\n")
        assert _words(words.text) <= _words(re.sub(r"<[^>]*>", " ", words.html)) | {"personal", "link"}


def _hold(name: str, text: str) -> None:
    place = GOLDEN / name
    if os.environ.get("GOLDEN") == "write":
        place.write_text(text, encoding="utf-8")
    assert text == place.read_text(encoding="utf-8"), f"{name} reads otherwise now."


def _words(text: str) -> set[str]:
    """What is said, without marks: both forms of a letter must say the same."""
    return set(re.findall(r"[^\W_]+", unescape(text)))
