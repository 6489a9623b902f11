"""The filters of a search: kept with the saved search, changed by its chips."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from app.kernel.clock import JAKARTA, now
from app.kernel.errors import InvalidInput

YEARS = range(2000, 2100)
DAYS = {
    "7": lazy_gettext("7 days"),
    "30": lazy_gettext("30 days"),
    "365": lazy_gettext("1 year"),
}
FLAGS = {
    "open": lazy_gettext("Open only"),
    "mine": lazy_gettext("Mine"),
    "attached": lazy_gettext("With a file"),
}


@dataclass(frozen=True)
class Filters:
    """`kind` is a group's key or "" for all. `days` counts back from today; `since` and `until` are dates, both included."""

    kind: str = ""
    days: str = ""
    since: str = ""
    until: str = ""
    open: bool = False
    mine: bool = False
    attached: bool = False

    @property
    def flags(self) -> frozenset[str]:
        """The names of those that are switched on and that not every kind of thing knows."""
        return frozenset(name for name in FLAGS if getattr(self, name))

    @property
    def narrowed(self) -> bool:
        """Whether anything but the kind is asked for."""
        return bool(self.flags or self.days or self.since or self.until)

    def kept(self) -> dict[str, Any]:
        """What is stored: only what differs from nothing."""
        return {name: value for name, value in asdict(self).items() if value}

    def between(self) -> tuple[datetime | None, datetime | None]:
        """The first moment, and the first one after the last; dates are those of Jakarta."""
        if self.days:
            return now() - timedelta(days=int(self.days)), None
        return _midnight(self.since, 0), _midnight(self.until, 1)


def stored(values: dict[str, Any]) -> Filters:
    """The filters of a saved search."""
    return Filters(**values)


def changed(filters: Filters, change: str, *, since: str = "", until: str = "") -> Filters:
    """After a chip was pressed: `kind:…`, `days:…`, `dates` with both dates, or the name of a flag, which turns it over.

    Raises InvalidInput for anything else; a pressed chip of one choice is taken back.
    """
    name, _colon, value = change.partition(":")
    if change in FLAGS:
        return stored({**filters.kept(), name: not getattr(filters, name)})
    if name == "kind":
        return replace(filters, kind=value)
    if name == "days" and value in DAYS:
        return replace(filters, days="" if filters.days == value else value, since="", until="")
    if change == "dates":
        dated = replace(filters, days="", since=since, until=until)
        dated.between()
        return dated
    if change == "none":
        return Filters(kind=filters.kind)
    raise InvalidInput


def _midnight(text: str, later: int) -> datetime | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(_("This is not a date.")) from None
    if day.year not in YEARS:
        raise InvalidInput(_("This is not a date."))
    return datetime.combine(day + timedelta(days=later), time(), JAKARTA)
