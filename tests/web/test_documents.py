"""Documents: from bytes to pictures, through the real job and the confined renderer."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import func, select

from app.documents.add import MOST_BYTES, add_document
from app.documents.decide import accept
from app.documents.filenames import safe_filename
from app.documents.labels import finding_text
from app.documents.models import Document, DocumentPage
from app.documents.render import keep_pictures, render
from app.documents.rendering.pages import Page
from app.documents.rendering.renderer import Rendering
from app.dossiers import lifecycle
from app.dossiers.models import Dossier
from app.kernel.actors import SYSTEM
from app.kernel.database import db
from app.kernel.errors import InvalidInput, NotFound, NotPermitted, Refused
from app.vault.keep import read
from app.vault.models import StoredFile
from tests.factories import dossiers as make
from tests.factories.staff import actor_of
from tests.fixtures.desk import RunJobs
from tests.fixtures.pages import InspectingClient
from tests.fixtures.people import People, SignIn

NOT_A_PDF = b"%PDF-1.7 1 0 obj << /Type /Catalog"


def added(content: bytes | None = None, **more: object) -> int:
    """A document of a new dossier; its id."""
    return make.with_document(make.new_dossier(), content=content, **more).id


def test_a_jpeg_becomes_a_picture_that_is_served(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs
) -> None:
    sign_in(client, "agent")
    with app.app_context():
        document_id = added(make.jpeg("red", 640, 480))
    assert client.get(f"/desk/documents/{document_id}/pages/1").status_code == 404
    run_jobs()
    for place, longest in (("pages", 640), ("thumbnails", 240)):
        answer = client.get(f"/desk/documents/{document_id}/{place}/1")
        assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
        assert answer.headers["Cache-Control"] == "no-store"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        picture = Image.open(io.BytesIO(answer.data))
        assert max(picture.size) == longest
        red, green, blue = picture.convert("RGB").getpixel((5, 5))
        assert red > 200 > 60 > max(green, blue)


def test_pictures_are_the_persons_own_files_in_the_vault(app: Flask, run_jobs: RunJobs) -> None:
    with app.app_context():
        document_id = added()
    run_jobs()
    with app.app_context():
        document = db.session.get_one(Document, document_id)
        dossier = db.session.get_one(Dossier, document.dossier_id)
        (page,) = document.pages
        owner = dossier.person.key_owner
        assert document.pictures == "ready"
        assert {document.file.owner, page.full.owner, page.thumbnail.owner} == {owner}
        assert read(document.file) == make.jpeg()
        assert (page.width, page.height) == (320, 200)


@pytest.mark.parametrize(
    ("content", "code"),
    [(NOT_A_PDF, "broken"), (make.jpeg()[:200], "broken"), (b"MZ\x90\x00 this is a program", "unsupported")],
)
def test_a_hostile_file_ends_as_a_finding(app: Flask, run_jobs: RunJobs, content: bytes, code: str) -> None:
    with app.app_context():
        document_id = added(content, media_type="application/pdf")
    run_jobs()
    with app.app_context():
        document = db.session.get_one(Document, document_id)
        assert (document.pictures, document.pages) == ("none", [])
        assert [(found.code, found.severity) for found in document.findings] == [(code, "block")]
        with app.test_request_context():
            assert "cannot be shown" in str(finding_text(document.findings[0]))


def test_an_original_has_no_address(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs
) -> None:
    sign_in(client, "supervisor")
    with app.app_context():
        document_id = added()
    run_jobs()
    for path in (
        "",
        "/",
        "/original",
        "/file",
        "/pages/",
        "/pages/0",
        "/pages/2",
        "/pages/-1",
        "/pages/1/../../file",
    ):
        assert client.get(f"/desk/documents/{document_id}{path}").status_code in (404, 308), path
    for nobody in ("0", "999999999", "9223372036854775807", "99999999999999999999", "x"):
        assert client.get(f"/desk/documents/{nobody}/pages/1").status_code == 404
    assert client.get("/desk/documents/").status_code == 404


@pytest.mark.parametrize(
    ("role", "status"), [("agent", 200), ("supervisor", 200), ("administrator", 403), ("auditor", 403)]
)
def test_who_sees_pictures(
    app: Flask, client: InspectingClient, sign_in: SignIn, run_jobs: RunJobs, role: str, status: int
) -> None:
    with app.app_context():
        document_id = added()
    run_jobs()
    assert client.get(f"/desk/documents/{document_id}/pages/1").status_code == 302
    sign_in(client, role)
    assert client.get(f"/desk/documents/{document_id}/pages/1").status_code == status


def test_drawing_twice_changes_nothing(app: Flask, run_jobs: RunJobs) -> None:
    with app.app_context():
        document_id = added()
    run_jobs()
    with app.app_context():
        files = db.session.scalar(select(func.count()).select_from(StoredFile))
        render(document_id)
        page = Page(make.jpeg(), make.jpeg(), 1, 1)
        keep_pictures(document_id, Rendering("image/jpeg", pages=[page]))
        assert db.session.scalar(select(func.count()).select_from(DocumentPage)) == 1
        assert db.session.scalar(select(func.count()).select_from(StoredFile)) == files


def test_what_nobody_can_have_seen_yet_is_not_accepted(app: Flask, people: People, run_jobs: RunJobs) -> None:
    with app.app_context():
        document_id = make.with_document(make.new_dossier()).id
        agent = actor_of(people.agent())
        with pytest.raises(Refused, match="Refused"):
            accept(document_id, actor=agent)
    run_jobs()
    with app.app_context():
        assert accept(document_id, actor=agent).status == "accepted"


def test_killed_between_drawing_and_keeping_it_starts_over(app: Flask) -> None:
    with app.app_context():
        document_id = added()
        bad = Rendering("image/jpeg", pages=[Page(make.jpeg(), make.jpeg(), 1, 1), Page(b"x", None, 1, 1)])  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            keep_pictures(document_id, bad)
        assert db.session.scalar(select(func.count()).select_from(DocumentPage)) == 0
        render(document_id)
        assert db.session.get_one(Document, document_id).pictures == "ready"


def test_no_transaction_is_open_while_a_file_is_drawn(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.documents import render as module

    with app.app_context():
        document_id = added()
        seen = []

        class Watching:
            def render(self, content: bytes) -> Rendering:
                seen.append(db.session().in_transaction())
                return Rendering("image/jpeg", pages=[Page(content, content, 320, 200)])

        monkeypatch.setattr(module._warm, "get", Watching)
        render(document_id)
        assert seen == [False]


@pytest.mark.parametrize("content", [b"", b"x" * (MOST_BYTES + 1)], ids=["empty", "over 25 MB"])
def test_files_that_are_refused(app: Flask, content: bytes) -> None:
    with app.app_context():
        dossier = make.new_dossier()
        with pytest.raises(InvalidInput):
            add_document(
                dossier.id, content=content, filename="a.pdf", media_type="", source="mail", actor=SYSTEM
            )
        assert dossier.documents == []


def test_who_adds_a_file_by_hand_becomes_a_maker(app: Flask, people: People) -> None:
    from app.dossiers.makers import makers_of

    with app.app_context():
        dossier = make.new_dossier()
        agent = actor_of(people.agent())
        values = {
            "content": make.jpeg(),
            "filename": "../../etc/passwd\x00.jpg",
            "media_type": "x",
            "source": "staff",
        }
        document = add_document(dossier.id, actor=agent, kind="kitas", **values)
        assert (document.filename, document.media_type) == ("passwd.jpg", "image/jpeg")
        assert (document.kind, document.kind_reason, document.added_by_id) == ("kitas", "chosen", agent.id)
        assert [(maker.staff_id, maker.part) for maker in makers_of(dossier.id)] == [(agent.id, "editor")]
        with pytest.raises(NotPermitted):
            add_document(dossier.id, actor=actor_of(people.auditor()), **values)
        with pytest.raises(NotFound):
            add_document(10**9, actor=agent, **values)
        with pytest.raises(InvalidInput):
            add_document(dossier.id, actor=agent, kind="visa", **values)


def test_a_file_for_an_expired_dossier_opens_it_again(app: Flask) -> None:
    with app.app_context():
        dossier = make.in_state(lifecycle.EXPIRED)
        make.with_document(dossier)
        assert db.session.get_one(Dossier, dossier.id).status == lifecycle.COLLECTING


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("passport.jpg", "passport.jpg"),
        ("C:\\fakepath\\pass port.pdf", "pass port.pdf"),
        ("../../x/../kitas.png", "kitas.png"),
        ("gnp‮gpj.exe", "gnpgpj.exe"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie_ x.pdf"),
        ("...", "document.jpg"),
        ("", "document.jpg"),
        ("é" * 300 + ".pdf", "é" * 116 + ".pdf"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_filename(name, "image/jpeg") == safe
