"""Find anything that people wrote or are called: full-text search over dossiers, accounts, conversations, notes and people.

What was searched for is stored and its result has an opaque address: no name or number in a URL, a log or a history.
"""

from __future__ import annotations

from typing import Any

from flask import jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _

from app.desk import search_page as found
from app.desk.saved_searches import LONGEST, save_search, saved_search
from app.desk.search_filters import DAYS, FLAGS, Filters, changed
from app.desk.search_groups import asked_of, groups_for
from app.kernel.access import current_actor
from app.kernel.back_office import DeskView
from app.kernel.errors import InvalidInput
from app.kernel.forms import CONTROL, clean
from app.kernel.full_text.asked import Asked, asked
from app.kernel.full_text.find import TooBroad
from app.kernel.permissions import Permission

Row = dict[str, Any]


class SearchView(DeskView):
    """/desk/search"""

    permission = Permission.DOSSIERS_READ

    @expose("/", methods=["GET", "POST"])
    def index(self) -> ResponseReturnValue:
        """Store the terms and go to the result; with one hit, go to the thing itself."""
        terms = _terms()
        if request.method == "GET" or not terms:
            return self.render("desk/search.html", search_query="", groups=[])
        url = found.by_reference(terms, actor=current_actor()) or _only_hit(terms)
        return redirect(url or url_for(".result", code=save_search(terms, actor=current_actor())))

    @expose("/<code>")
    def result(self, code: str) -> ResponseReturnValue:
        """The hits of a saved search."""
        terms, filters = saved_search(code, actor=current_actor())
        page = _page(terms, filters, request.args.get("after", ""))
        return self.render("desk/search.html", search_query=terms, code=code, **page)

    @expose("/<code>/narrow", methods=["POST"])
    def narrow(self, code: str) -> ResponseReturnValue:
        """The same search with a filter changed."""
        actor = current_actor()
        terms, filters = saved_search(code, actor=actor)
        since, until = request.form.get("since", ""), request.form.get("until", "")
        after = changed(filters, request.form.get("change", ""), since=since, until=until)
        if after.kind not in {"", *(group.key for group in groups_for(actor))}:
            raise InvalidInput
        return redirect(url_for(".result", code=save_search(terms, filters=after, actor=actor)))

    @expose("/suggest", methods=["POST"])
    def suggest(self) -> ResponseReturnValue:
        """The best hits while somebody types, as JSON; nothing is stored."""
        terms = _terms()
        found.catch_up()
        question = asked(terms)
        if question is None:
            return jsonify(groups=[])
        groups = found.overview(question, Filters(), actor=current_actor(), most=found.SUGGESTED)
        return jsonify(groups=[_suggested(group) for group in groups])


def _terms() -> str:
    return CONTROL.sub("", clean(request.form.get("query"))).strip()[:LONGEST]


def _only_hit(terms: str) -> str | None:
    """The address of the one thing these terms find; None when it is several, none, or too many to tell."""
    found.catch_up()
    question = asked(terms)
    if question is None:
        return None
    try:
        return found.only_hit(found.overview(question, Filters(), actor=current_actor()))
    except TooBroad:
        return None


def _page(terms: str, filters: Filters, after: str) -> Row:
    complete = found.catch_up()
    question, cursor = asked(terms), found.read_cursor(after)
    page: Row = {
        "filters": filters,
        "chips": _chips(filters),
        "complete": complete,
        "unasked": question is None,
    }
    groups: list[Row] = []
    if question is not None:
        try:
            groups = _groups(question, filters, cursor)
        except TooBroad as broad:
            page["problem"] = broad.message
    return {**page, "groups": groups}


def _groups(question: Asked, filters: Filters, cursor: found.Cursor) -> list[Row]:
    actor = current_actor()
    if not filters.kind:
        return found.overview(question, filters, actor=actor)
    chosen = asked_of(groups_for(actor), filters)
    return [found.one_group(group, question, filters, cursor, actor=actor) for group in chosen]


def _chips(filters: Filters) -> list[list[Row]]:
    """What can be pressed to narrow the search, in three rows: kinds, times, flags."""
    groups = groups_for(current_actor())
    kinds = [("", _("Everything")), *((group.key, group.title) for group in groups)]
    flags = [
        name
        for name in FLAGS
        if any(name in group.knows for group in asked_of(groups, Filters(filters.kind)))
    ]
    return [
        [_chip(f"kind:{key}", label, filters.kind == key) for key, label in kinds],
        [_chip(f"days:{key}", label, filters.days == key) for key, label in DAYS.items()],
        [_chip(name, FLAGS[name], getattr(filters, name)) for name in flags],
    ]


def _chip(change: str, label: Any, on: bool) -> Row:
    return {"change": change, "label": label, "on": on}


def _suggested(group: Row) -> Row:
    lines = [
        {
            "url": row["url"],
            "title": row["title"],
            "text": _joined([*row["facts"], row.get("snippet")]),
            "reference": "".join(text for text, _hit in row["reference"]),
        }
        for row in group["rows"]
    ]
    return {"title": str(group["title"]), "rows": lines}


def _joined(texts: list[Any]) -> list[tuple[str, bool]]:
    """Marked texts as one, with points between them."""
    joined: list[tuple[str, bool]] = []
    for pieces in filter(None, texts):
        joined += [(" · ", False), *pieces] if joined else pieces
    return joined
