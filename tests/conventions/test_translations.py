"""Everything people read exists in Indonesian, with the same placeholders."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import polib

from config import PROJECT

CATALOGUE = PROJECT / "app" / "translations" / "id" / "LC_MESSAGES" / "messages.po"
KEYWORDS = ("-k", "lazy_gettext", "-k", "lazy_ngettext:1,2")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


def extracted(folder: Path) -> polib.POFile:
    """What code and templates say now."""
    found = folder / "messages.pot"
    words = ["extract", "--omit-header", "-F", "babel.cfg", *KEYWORDS, "-o", str(found), "."]
    command = [sys.executable, "-m", "babel.messages.frontend", "--quiet", *words]
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
    return polib.pofile(str(found))


def test_every_sentence_has_an_indonesian_translation(tmp_path: Path) -> None:
    translated = {entry.msgid for entry in polib.pofile(str(CATALOGUE)) if entry.translated()}
    missing = sorted(entry.msgid for entry in extracted(tmp_path) if entry.msgid not in translated)

    assert not missing, f"Run `make messages`, then translate these {len(missing)}: {missing[:20]}"


def test_the_catalogue_holds_nothing_guessed_and_nothing_left_over(tmp_path: Path) -> None:
    said = {entry.msgid for entry in extracted(tmp_path)}
    stale = [
        one.msgid
        for one in polib.pofile(str(CATALOGUE))
        if one.fuzzy or one.obsolete or one.msgid not in said
    ]

    assert not stale, f"Run `make messages`; guessed, or no longer said anywhere: {stale[:20]}"


def test_translations_keep_the_placeholders() -> None:
    wrong = [
        entry.msgid
        for entry in polib.pofile(str(CATALOGUE))
        if entry.translated() and not entry.msgid_plural
        if set(PLACEHOLDER.findall(entry.msgid)) != set(PLACEHOLDER.findall(entry.msgstr))
    ]

    assert not wrong, f"A placeholder is missing or misspelt in the translation of: {wrong}"


def test_every_letter_exists_in_both_languages() -> None:
    letters = PROJECT / "templates" / "letters"
    names = {file.relative_to(letters).as_posix() for file in letters.rglob("*.*.*")}
    alone = [name for name in names for other in [re.sub(r"\.(en|id)\.", _other, name)] if other not in names]

    assert not alone, f"These letters have no other language: {sorted(alone)}"


def _other(found: re.Match[str]) -> str:
    return ".id." if found[1] == "en" else ".en."
