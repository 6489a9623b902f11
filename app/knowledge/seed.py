"""The macros a new desk begins with, from starters.toml."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.audit.record import canonical, record
from app.kernel.actors import SYSTEM
from app.kernel.clock import now
from app.kernel.database import db, lock, use_case
from app.knowledge.edit import Words
from app.knowledge.models import Macro

STARTERS = Path(__file__).with_name("starters.toml")


def starters() -> dict[str, Words]:
    """The entries of starters.toml by their names, each checked as if somebody had typed it."""
    entries = tomllib.loads(STARTERS.read_text(encoding="utf-8"))
    return {
        name: Words(title=entry["title"], text_en=entry["en"], text_id=entry["id"]).checked()
        for name, entry in entries.items()
    }


@use_case
def seed() -> int:
    """Add the starters that are not there, and renew those that nobody has edited; how many that were.

    Edited and retired ones stay as they are. Done again it changes nothing.
    """
    return sum(_plant(name, words) for name, words in starters().items())


def digest(words: Words) -> str:
    """SHA-256 of everything a macro says, as hexadecimal digits."""
    return hashlib.sha256(canonical([words.title, words.text_en, words.text_id])).hexdigest()


def _plant(name: str, words: Words) -> bool:
    values = {"title": words.title, "text_en": words.text_en, "text_id": words.text_id}
    made = db.session.execute(
        insert(Macro)
        .values(
            **values,
            starter=name,
            starter_digest=digest(words),
            status="active",
            uses=0,
            version=1,
            created_at=now(),
        )
        .on_conflict_do_nothing(index_elements=["starter"])
        .returning(Macro.id)
    ).scalar_one_or_none()
    if made is not None:
        record("macro.write", actor=SYSTEM, subject=db.session.get_one(Macro, made))
        return True
    return _renew(name, words)


def _renew(name: str, words: Words) -> bool:
    macro = lock(Macro, db.session.scalars(select(Macro.id).where(Macro.starter == name)).one())
    said = digest(Words(title=macro.title, text_en=macro.text_en, text_id=macro.text_id))
    if said != macro.starter_digest or said == digest(words):
        return False
    macro.title, macro.text_en, macro.text_id = words.title, words.text_en, words.text_id
    macro.starter_digest, macro.version = digest(words), macro.version + 1
    record("macro.edit", actor=SYSTEM, subject=macro)
    return True
