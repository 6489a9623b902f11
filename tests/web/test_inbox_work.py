"""What agents do with a conversation besides answering it: owners, tags, sleep, closing, views; alone and at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from app.conversations import lifecycle
from app.conversations.assign import assign
from app.conversations.jobs import wake
from app.conversations.models import Conversation, Tag, Tagging
from app.conversations.snooze import snooze
from app.conversations.tag import add_tag
from app.conversations.take import take
from app.desk import inbox_views, seen
from app.desk.sorting import close_as_seen
from app.kernel.clock import now
from app.kernel.database import db
from app.kernel.errors import InvalidInput, NotPermitted, Stale
from tests.factories.conversations import talking, wrote
from tests.factories.dossiers import new_dossier
from tests.factories.mails import mail
from tests.factories.staff import actor_of
from tests.fixtures.desk import RunJobs
from tests.fixtures.pages import InspectingClient
from tests.fixtures.people import People, SignIn
from tests.web.test_conversations import receive
from tests.web.test_undo_send import at_once

EVIL = "<img src=x>"
LIST = "/desk/conversations/"


def test_a_conversation_is_given_to_a_colleague_and_to_nobody(
    app: Flask, client: InspectingClient, sign_in: SignIn, people: People, run_jobs: RunJobs
) -> None:
    budi = people.agent("Budi")
    reference = receive(app, run_jobs, mail(text="Hello?"))
    sari = sign_in(client, "agent", name="Sari")
    page = f"{LIST}{reference}"
    stale = client.page(page).form(f"{page}/assign")
    client.submit(page, f"{page}/assign", owner=str(budi.id))
    assert "Budi" in client.page(page).text
    assert client.send(stale, page, owner=str(sari.id)).status_code == 409, (
        "It was nobody's when the page was opened."
    )
    client.submit(page, f"{page}/assign", owner="nobody")
    assert client.send(stale, page, owner=str(people.auditor().id)).status_code == 400
    [conversation_id] = _ids(app)
    answer = client.submit(LIST, f"{LIST}assign", conversation=[str(conversation_id)], owner=str(budi.id))
    assert answer.status_code == 302
    with app.app_context():
        assert db.session.query(Conversation).one().assigned_to_id == budi.id
    assert client.submit(LIST, f"{LIST}assign", owner="nobody").status_code == 400, "Nothing was ticked."


def _ids(app: Flask) -> list[int]:
    with app.app_context():
        return [one.id for one in db.session.query(Conversation).order_by(Conversation.id)]


def test_of_two_who_take_at_the_same_moment_one_has_it(app: Flask, people: People) -> None:
    both = [actor_of(people.agent()), actor_of(people.agent())]
    for _round in range(6):
        with app.app_context():
            conversation_id = talking(new_dossier()).id
        acts = [lambda who=who, key=conversation_id: take(key, actor=who, seen=(None,)) for who in both]
        results = at_once(app, *acts)
        assert sorted(isinstance(one, Stale) for one in results) == [False, True], results


def test_tags_are_one_small_vocabulary(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs
) -> None:
    first = receive(app, run_jobs, mail(text="One", subject="First"))
    second = receive(app, run_jobs, mail("Budi <b@x.example>", text="Two", subject="Second"))
    sign_in(client, "agent")
    page = f"{LIST}{first}"
    client.submit(page, f"{page}/tag", name="  #Needs   Payment ")
    client.submit(page, f"{page}/tag", name="needs payment")
    client.submit(page, f"{page}/tag", name=EVIL)
    assert client.submit(page, f"{page}/tag", name="x" * 25).status_code == 400
    assert client.submit(page, f"{page}/tag", name="#").status_code == 400
    with app.app_context():
        tags = {tag.name: tag.id for tag in db.session.query(Tag)}
        assert set(tags) == {"needs payment", EVIL} and db.session.query(Tagging).count() == 2
    for path in (page, LIST):
        html = client.get(path).text
        assert "&lt;img src=x&gt;" in html and EVIL not in html
    for view in inbox_views.VIEWS:
        shown = client.page(f"{LIST}?view={view}&tag={tags['needs payment']}").text
        assert "Second" not in shown and ("First" in shown) == (view in ("open", "unassigned", "all"))
    client.submit(page, f"{page}/tag", remove=str(tags[EVIL]))
    with app.app_context():
        assert [one.tag_id for one in db.session.query(Tagging)] == [tags["needs payment"]]
    assert client.get(f"{LIST}?tag=0").status_code == 404 and client.get(f"{LIST}?tag=x").status_code == 404
    assert second


def test_what_sleeps_wakes_at_its_time_or_by_mail(
    app: Flask, client: InspectingClient, sign_in: SignIn, people: People
) -> None:
    sari = actor_of(sign_in(client, "agent"))
    with app.app_context():
        slept, woken = talking(new_dossier()), talking(new_dossier())
        page, slept_id = f"{LIST}{slept.reference}", slept.id
        snooze(woken.id, until=now() + timedelta(days=3), actor=sari)
        wrote(woken, "Any news?")
        assert (woken.status, woken.snoozed_until) == (lifecycle.OPEN, None)
        for wrong in (now() - timedelta(minutes=1), now() + timedelta(days=400)):
            with pytest.raises(InvalidInput):
                snooze(slept.id, until=wrong, actor=sari)
    client.submit(page, f"{page}/snooze", until="tomorrow")
    assert "Snoozed" in client.page(page).text and "until" in client.page(f"{LIST}?view=snoozed").text
    with app.app_context():
        wake()
        assert db.session.get_one(Conversation, slept_id).status == lifecycle.SNOOZED
        db.session.execute(text("UPDATE conversation SET snoozed_until = now() WHERE status = 'snoozed'"))
        db.session.commit()
        wake()
        assert db.session.get_one(Conversation, slept_id, populate_existing=True).status == lifecycle.OPEN
    client.submit(page, f"{page}/snooze", until="day", day="2020-01-01")
    client.submit(page, f"{page}/snooze", until="hours")
    client.submit(page, f"{page}/open")
    assert "To answer" in client.page(page).text


def test_closing_tells_why_and_never_hides_a_mail_that_nobody_read(
    app: Flask, client: InspectingClient, sign_in: SignIn
) -> None:
    sign_in(client, "agent")
    with app.app_context():
        conversation = talking(new_dossier())
        page = f"{LIST}{conversation.reference}"
    form = client.page(page).form(f"{page}/close")
    with app.app_context():
        wrote(conversation, "One more thing")
    refused = client.send(form, page)
    assert refused.status_code == 409 and "was not closed" in refused.text
    client.submit(page, f"{page}/close", reason="Answered <b>by phone</b>")
    html = client.get(page).text
    assert "Answered &lt;b&gt;by phone&lt;/b&gt;" in html
    client.submit(page, f"{page}/open")
    assert "by phone" not in client.page(page).text


def test_closing_while_mail_arrives_leaves_no_unread_mail_closed(app: Flask, people: People) -> None:
    sari = actor_of(people.agent())
    for _round in range(6):
        with app.app_context():
            conversation = talking(new_dossier())
            version = seen.last_message(conversation)

        def close(conversation: Conversation = conversation, version: str = version) -> None:
            close_as_seen(db.session.get_one(Conversation, conversation.id), version, None, actor=sari)

        closed, came = at_once(app, close, lambda conversation=conversation: wrote(conversation, "Wait!"))

        assert not isinstance(came, Exception), came
        assert closed is None or isinstance(closed, Stale)
        with app.app_context():
            assert db.session.get_one(Conversation, conversation.id).status == lifecycle.OPEN


def test_views_are_walked_page_by_page_and_counted(
    app: Flask, client: InspectingClient, sign_in: SignIn, people: People
) -> None:
    sari = actor_of(sign_in(client, "agent"))
    budi = actor_of(people.agent())
    with app.app_context():
        dossier = new_dossier()
        found = [talking(dossier) for _number in range(5)]
        assign(found[0].id, staff_id=sari.id, actor=sari)
        assign(found[1].id, staff_id=budi.id, actor=sari)
        snooze(found[2].id, until=now() + timedelta(hours=1), actor=sari)
        lifecycle.close(found[3], actor=sari)
        ids = [one.id for one in found]
        expected = {"open": [0, 1, 4], "mine": [0], "unassigned": [4], "mentions": [], "snoozed": [2]}
        expected |= {"answered": [], "closed": [3], "all": [4, 3, 2, 1, 0]}
        page_size, inbox_views.PAGE = inbox_views.PAGE, 2
        try:
            for view, wanted in expected.items():
                assert _walked(view, sari) == [ids[number] for number in wanted], view
                assert inbox_views.count_of(view, actor=sari) == len(wanted), view
            add_tag(found[4].id, "late", actor=sari)
            add_tag(found[0].id, "late", actor=sari)
            tag_id = db.session.query(Tag).one().id
            assert _walked("all", sari, tag_id) == [ids[4], ids[0]]
            assert _walked("open", sari, tag_id) == [ids[0], ids[4]]
        finally:
            inbox_views.PAGE = page_size
    for view in inbox_views.VIEWS:
        client.page(f"{LIST}?view={view}")
    following = client.get(f"{LIST}{found[0].reference}/next")
    assert following.location.endswith(found[4].reference), "Not Budi's, which comes before."
    assert client.get(f"{LIST}{found[4].reference}/next").location.endswith(found[0].reference)


def test_each_view_walks_an_index_and_sorts_nothing(app: Flask, people: People) -> None:
    """What makes a page cost the same at a million rows; the other ways of reading are switched off, for few rows are here."""
    sari = actor_of(people.agent())
    with app.app_context():
        for other in ("seqscan", "bitmapscan", "sort", "hashjoin", "mergejoin"):
            db.session.execute(text(f"SET LOCAL enable_{other} = off"))
        for view in inbox_views.VIEWS:
            for tag_id in (None, 1) if view in ("answered", "closed", "all") else (None,):
                query = inbox_views.listing(view, "1-1", actor=sari, tag_id=tag_id).limit(50)
                written = str(query.compile(db.engine, compile_kwargs={"literal_binds": True}))
                plan = "\n".join(db.session.scalars(text(f"EXPLAIN {written}".replace(":", "\\:"))))
                assert "Index" in plan and "Sort" not in plan and "Seq Scan on conversation" not in plan, plan


def _walked(view: str, actor: object, tag_id: int | None = None) -> list[int]:
    ids, after = [], ""
    while True:
        shown, after = inbox_views.page_of(view, after, actor=actor, tag_id=tag_id)  # type: ignore[arg-type]
        ids += [one.id for one in shown]
        if not after:
            return ids


def test_who_only_reads_or_does_neither_changes_nothing(
    app: Flask, people: People, client: InspectingClient, sign_in: SignIn
) -> None:
    auditor = actor_of(people.auditor())
    with app.app_context():
        conversation = talking(new_dossier())
        page = f"{LIST}{conversation.reference}"
        for act in (
            lambda: assign(conversation.id, staff_id=None, actor=auditor),
            lambda: add_tag(conversation.id, "x", actor=auditor),
            lambda: snooze(conversation.id, until=now() + timedelta(hours=1), actor=auditor),
            lambda: lifecycle.close(conversation, actor=auditor),
        ):
            with pytest.raises(NotPermitted):
                act()
    for role in ("auditor", "administrator"):
        other = app.test_client()
        assert isinstance(other, InspectingClient)
        sign_in(other, role)
        for path in (LIST, page, "/desk/macros/"):
            assert other.get(path).status_code == 403
