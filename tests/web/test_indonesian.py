"""Every page that a role can reach is read: in Indonesian none says anything in English, and none gives a key twice."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser

import polib
import pytest
from flask import Flask

from config import PROJECT, Settings
from tests.factories import accounts, calls
from tests.factories import conversations as talk
from tests.factories import dossiers as make
from tests.fixtures.desk import RunJobs
from tests.fixtures.pages import InspectingClient
from tests.fixtures.people import People, SignIn

CATALOGUE = PROJECT / "app" / "translations" / "id" / "LC_MESSAGES" / "messages.po"
ENGLISH = re.compile(
    r"\b(home|inbox|dossiers?|calls|approvals?|accounts?|letters|health|search|sign (in|out)|today|nothing|nobody"
    r"|the|and|of|with|not|your|what|when|mon|tues|wednes|thurs|fri|satur|sunday)\b",
    re.IGNORECASE,
)
# What people and letters said, names, addresses, the trail's verbs and records, commands; a language is named in its own words.
SAID_BY_PEOPLE = re.compile(
    r"\b[a-z_]+\.[a-z_]+\b|^{.*}$|“flask [\w ]+”|\S+@\S+|\b(English|HR Letter)\b"
    r"|\b(Everything fits|All seen|Here are my documents|Seen and heard well)\b"
    r"|^Dear [\w ]+, .*With kind regards, Xignature Support.*$"
    r"|We (received|have) [\w ,;]+|(Your|Call with) [\w ,;:]+|Activate [\w ]+"
    r"|(Agent|Supervisor|Administrator|Auditor) \w{6}"
)
# How many kinds of pages each role can walk to, at least: a walk that stops early proves nothing.
SCREENS = {"agent": 30, "supervisor": 31, "administrator": 4, "auditor": 20}
WORDS_FOR_PEOPLE = ("aria-label", "title", "placeholder", "alt", "data-confirm", "data-key-label")


class Reader(HTMLParser):
    """What a person sees or hears on a page, piece by piece, and where its links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.links: set[str] = set()
        # Each key with the dialog that it belongs to: while one is open, only its keys work.
        self.keys: list[tuple[str, str]] = []
        self._unread, self._dialog = False, ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the attributes that are said to people."""
        values = {name: value or "" for name, value in attrs}
        # What is marked as being in another language is somebody's letter.
        elsewhere = tag != "html" and values.get("lang", "id") != "id"
        self._unread = tag in ("script", "style") or elsewhere
        self.pieces += [values[name] for name in WORDS_FOR_PEOPLE if name in values]
        if tag == "dialog":
            self._dialog = values.get("id", "")
        if "data-key" in values:
            self.keys.append((self._dialog, values["data-key"]))
        if tag == "a" and "download" not in values:
            self.links.add(values.get("href", "").partition("#")[0])

    def handle_endtag(self, tag: str) -> None:
        """Scripts, styles and dialogs end."""
        self._unread = False
        self._dialog = "" if tag == "dialog" else self._dialog

    def handle_data(self, data: str) -> None:
        """Note a piece of text."""
        if not self._unread and data.strip():
            self.pieces.append(" ".join(data.split()))


@cache
def untranslated() -> frozenset[str]:
    """The English of every string that reads differently in Indonesian."""
    return frozenset(one.msgid for one in polib.pofile(str(CATALOGUE)) if one.msgstr not in ("", one.msgid))


def english_in(reader: Reader) -> list[str]:
    """The pieces of a page that are English."""
    said = [SAID_BY_PEOPLE.sub("", piece).strip() for piece in reader.pieces]
    return [piece for piece in said if piece in untranslated() or ENGLISH.search(piece)]


def read(client: InspectingClient, address: str) -> Reader:
    answer = client.get(address)
    # Of an answer that only leads elsewhere nobody reads the page.
    shown = answer.mimetype == "text/html" and answer.location is None
    return Reader(answer.text if shown else "")


def walked(client: InspectingClient) -> dict[str, list[str]]:
    """Every screen from home on, one for each kind of address: address → its English."""
    found: dict[str, list[str]] = {}
    kinds: set[str] = set()
    ahead = ["/desk/", "/password"]
    while ahead:
        address = ahead.pop(0)
        kind = re.sub(r"/[ADC]-\w+|/\d+|=\d+", "/…", address)
        if kind in kinds:
            continue
        kinds.add(kind)
        page = read(client, address)
        found[address] = english_in(page)
        twice = [key for key in page.keys if page.keys.count(key) > 1]
        assert not twice, f"{address} gives a key to more than one thing: {twice}"
        ahead += sorted(link for link in page.links if link.startswith("/desk/"))
    return found


def a_day_at_the_desk(app: Flask, settings: Settings, people: People) -> None:
    """Something in every state that the screens know."""
    cast = accounts.Cast.of(app)
    agent, caller, waited = people.agent(), people.agent(), people.agent()
    with app.app_context():
        accounts.found_authority(settings)
        accounts.with_key(cast)
        accounts.approved(cast)
        accounts.called(cast)
        calls.booked(caller, reviewer=agent)
        calls.recorded(waited, reviewer=agent, outcome="no_show")
        make.new_dossier(phone=None)
        talk.talking(make.reviewing())


@pytest.mark.parametrize("role", ["agent", "supervisor", "administrator", "auditor"])
def test_every_staff_screen_is_indonesian(
    app: Flask,
    settings: Settings,
    client: InspectingClient,
    sign_in: SignIn,
    people: People,
    run_jobs: RunJobs,
    role: str,
) -> None:
    a_day_at_the_desk(app, settings, people)
    run_jobs()
    sign_in(client, role)
    client.submit("/desk/", "/language", language="id")

    found = walked(client)

    assert len(found) >= SCREENS[role], sorted(found)
    english = {address: said for address, said in found.items() if said}
    assert not english, english


def test_public_pages_and_refusals_are_indonesian(
    app: Flask, settings: Settings, client: InspectingClient
) -> None:
    cast = accounts.Cast.of(app)
    with app.app_context():
        accounts.found_authority(settings)
        waiting = accounts.link_for(accounts.approved(cast), "activate")
        keyless = accounts.link_for(accounts.activated(cast), "certificate")
    client.submit("/sign-in", "/language", language="id")

    pages = ["/sign-in", "/register/activate", f"/activate/{waiting}", f"/certificate/{keyless}"]
    refusals = ["/activate/" + "x" * 43, "/certificate/" + "x" * 43, "/nothing-here"]
    found = {address: english_in(read(client, address)) for address in [*pages, *refusals]}

    assert not {address: said for address, said in found.items() if said}


def test_a_form_that_is_refused_says_so_in_indonesian(client: InspectingClient, sign_in: SignIn) -> None:
    sign_in(client, "agent")
    client.submit("/desk/", "/language", language="id")
    answers = [
        client.submit("/desk/dossiers/new", "/desk/dossiers/new", name="", email="nobody"),
        client.submit(
            "/password", "/password", password="wrong", new_password="short", new_password_confirm="x"
        ),
    ]

    texts = [answer.text for answer in answers]

    assert "Isian ini wajib diisi." in texts[0]
    assert "Kedua kata sandi tidak sama." in texts[1]
    assert not [english_in(Reader(text)) for text in texts if english_in(Reader(text))]
