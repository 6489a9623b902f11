"""The FAQ's seven items, from documents that are there and those that are not."""

from __future__ import annotations

import pytest

from app.documents.kinds import DocumentKind
from app.documents.models import Document
from app.documents.reasons import LABELS as REASONS
from app.documents.reasons import RefusalReason, reasons_for
from app.dossiers import checklist
from app.dossiers.models import Dossier


def document(kind: str, *, status: str = "undecided", pictures: str = "ready") -> Document:
    return Document(dossier_id=1, kind=kind, status=status, pictures=pictures)


@pytest.fixture
def active(monkeypatch: pytest.MonkeyPatch) -> list[Document]:
    """The documents that the database would hand over."""
    documents: list[Document] = []
    monkeypatch.setattr(checklist, "active_documents", lambda ids: dict.fromkeys(ids, documents))
    return documents


def dossier(**values: str) -> Dossier:
    return Dossier(id=1, email="anna@utopia.example", **{"status": "collecting", "phone": None, **values})


def states(found: Dossier, **more: bool) -> dict[str, str]:
    return {item.key: item.state for item in checklist.checklist(found, **more)}


def test_nothing_but_an_address(active: list[Document]) -> None:
    assert states(dossier()) == {
        "passport": "missing",
        "kitas": "missing",
        "hr_letter": "missing",
        "selfie": "missing",
        "email": "done",
        "phone": "missing",
        "video_call": "waiting",
    }
    assert checklist.missing(dossier()) == ["passport", "kitas", "hr_letter", "selfie", "phone"]


def test_what_is_there_counts_before_anybody_decided(active: list[Document]) -> None:
    active += [document("passport"), document("kitas", status="accepted"), document("other")]
    found = dossier(phone="+6281234567890")
    assert states(found)["passport"] == states(found)["kitas"] == states(found)["phone"] == "done"
    assert checklist.missing(found) == ["hr_letter", "selfie"]


def test_a_file_that_cannot_be_shown_is_a_problem_until_another_can(active: list[Document]) -> None:
    active.append(document("passport", pictures="none"))
    assert states(dossier())["passport"] == "problem"
    active.append(document("passport"))
    assert states(dossier())["passport"] == "done"


@pytest.mark.parametrize("status", ["awaiting_approval", "approved", "issued"])
def test_the_call_is_done_in_these_states(active: list[Document], status: str) -> None:
    assert states(dossier(status=status))["video_call"] == "done"


def test_the_call_is_done_when_one_confirmed_the_identity(active: list[Document]) -> None:
    assert states(dossier(status="reviewing"), call_confirmed=True)["video_call"] == "done"


def test_every_reason_has_words_and_fits_some_document() -> None:
    assert set(REASONS) == set(RefusalReason)
    offered = {reason for kind in DocumentKind for reason in reasons_for(kind)}
    assert offered == set(RefusalReason) - {RefusalReason.MISSING}
    assert RefusalReason.NOT_SIGNED in reasons_for("hr_letter")
    assert RefusalReason.NOT_SIGNED not in reasons_for("passport")
