"""What libraries and the mail reader say is translated too: the lists of it name sentences that really exist."""

from __future__ import annotations

import re
from pathlib import Path

import flask_security
import wtforms

from app.desk import remarks
from app.intake import dossier, thread
from app.kernel import library_words
from config import PROJECT


def source(folder: Path) -> str:
    return "\n".join(file.read_text() for file in sorted(folder.rglob("*.py")))


def test_the_sentences_of_libraries_are_still_theirs() -> None:
    forms, security = (source(Path(one.__file__).parent) for one in (wtforms, flask_security))
    gone = [one for one in library_words.WTFORMS if one not in forms]
    gone += [one for one in library_words.SECURITY if one not in security]

    assert not gone, f"No longer said by WTForms or Flask-Security, so no longer to be translated: {gone}"


def test_every_remark_about_a_mail_can_be_translated() -> None:
    reading = source(PROJECT / "app" / "conversations" / "reading")
    said = set(re.findall(r'notes\.add\("([^"]+)"\)', reading))
    named = set(re.findall(r"notes\.add\((?:\w+\.)?([A-Z_]+)\)", reading))
    said |= set(re.findall(rf'^(?:{"|".join(named)}) = "([^"]+)"$', reading, re.MULTILINE))
    said |= {thread.STRANGER, dossier.LEFT_OUT, dossier.TOO_MANY}

    assert len(said) > 15
    assert said == set(remarks.KNOWN), "app/desk/remarks.py lists what the mail reader and the intake remark"
