"""Write a macro, change one, use one."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext
from sqlalchemy import func, select, update

from app.audit.record import record
from app.kernel.actors import Actor
from app.kernel.clock import now
from app.kernel.database import db, lock, use_case
from app.kernel.errors import InvalidInput, NotFound, Refused, Stale
from app.kernel.forms import CONTROL, clean
from app.kernel.permissions import Permission
from app.knowledge.find import MOST
from app.knowledge.lifecycle import ACTIVE
from app.knowledge.models import Macro
from app.knowledge.placeholders import check

LONGEST_TITLE = 80
LONGEST = 5000


@dataclass(frozen=True, kw_only=True)
class Words:
    """What a macro says: a title for colleagues, the answer in English and in Indonesian."""

    title: str
    text_en: str
    text_id: str

    def checked(self) -> Words:
        """The same made tidy; InvalidInput for what is missing, too long, or a placeholder that nobody could fill."""
        words = Words(title=clean(self.title), text_en=clean(self.text_en), text_id=clean(self.text_id))
        if not 0 < len(words.title) <= LONGEST_TITLE or CONTROL.search(words.title) or "\n" in words.title:
            raise InvalidInput(lazy_gettext("A macro has a title of up to 80 characters."))
        for text in (words.text_en, words.text_id):
            if not 0 < len(text) <= LONGEST:
                raise InvalidInput(
                    lazy_gettext("A macro has a text of up to 5000 characters in English and in Indonesian.")
                )
            check(text)
        return words


@use_case
def write_macro(words: Words, *, actor: Actor) -> Macro:
    """A new macro. Raises InvalidInput for words that are not right, Refused when there are too many."""
    actor.must(Permission.MACROS_EDIT)
    good = words.checked()
    if (
        db.session.scalar(select(func.count()).select_from(Macro).where(Macro.status == ACTIVE)) or 0
    ) >= MOST:
        raise Refused(lazy_gettext("There are 300 macros already: put away those that nobody uses."))
    macro = Macro(
        title=good.title,
        text_en=good.text_en,
        text_id=good.text_id,
        edited_by_id=actor.staff_id,
        edited_at=now(),
    )
    db.session.add(macro)
    record("macro.write", actor=actor, subject=macro)
    return macro


@use_case
def edit_macro(macro_id: int, words: Words, *, seen: int, actor: Actor) -> Macro:
    """Change what a macro says. Stale when it is no longer the version `seen`; raises InvalidInput."""
    actor.must(Permission.MACROS_EDIT)
    good = words.checked()
    macro = lock(Macro, macro_id)
    if macro.version != seen:
        raise Stale
    before = {"title": macro.title, "text_en": macro.text_en, "text_id": macro.text_id}
    macro.title, macro.text_en, macro.text_id = good.title, good.text_en, good.text_id
    macro.version, macro.edited_by_id, macro.edited_at = seen + 1, actor.staff_id, now()
    record("macro.edit", actor=actor, subject=macro, details={"before": before})
    return macro


@use_case
def use_macro(macro_id: int) -> Macro:
    """Count one more use of a macro that is active, and give it; else NotFound."""
    found = db.session.execute(
        update(Macro)
        .where(Macro.id == macro_id, Macro.status == ACTIVE)
        .values(uses=Macro.uses + 1)
        .returning(Macro.id)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound
    return db.session.get_one(Macro, found, populate_existing=True)
