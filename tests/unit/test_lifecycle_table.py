"""The dossier's life as designed: written out once more, so that a change of the table is a change of a test."""

from __future__ import annotations

import pytest

from app.documents import lifecycle as documents
from app.dossiers import lifecycle
from app.kernel.permissions import Permission

BEFORE = {"collecting", "reviewing", "awaiting_call", "call_booked", "awaiting_approval", "held"}
EXPECTED: dict[str, tuple[set[str], str, Permission | None]] = {
    "complete": ({"collecting"}, "reviewing", None),
    "accept": ({"reviewing"}, "awaiting_call", Permission.DOSSIERS_REVIEW),
    "accept_again": ({"reviewing"}, "awaiting_approval", Permission.DOSSIERS_REVIEW),
    "ask_again": (BEFORE, "collecting", Permission.DOSSIERS_REVIEW),
    "book_call": ({"awaiting_call"}, "call_booked", Permission.CALLS_HOLD),
    "drop_call": ({"call_booked"}, "awaiting_call", Permission.CALLS_HOLD),
    "confirm_identity": ({"call_booked"}, "awaiting_approval", Permission.CALLS_HOLD),
    "suspect_fraud": ({"call_booked"}, "held", Permission.CALLS_HOLD),
    "hold": (BEFORE - {"held"}, "held", Permission.DOSSIERS_REJECT),
    "release": ({"held"}, "reviewing", Permission.DOSSIERS_REJECT),
    "change_evidence": ({"awaiting_approval"}, "reviewing", Permission.DOSSIERS_REVIEW),
    "lack_again": ({"reviewing", "awaiting_call", "call_booked"}, "collecting", Permission.DOSSIERS_REVIEW),
    "merge": (
        {"collecting", "reviewing", "awaiting_call", "expired"},
        "merged",
        Permission.DOSSIERS_REVIEW,
    ),
    "send_back": ({"awaiting_approval"}, "reviewing", Permission.APPROVALS_DECIDE),
    "approve": ({"awaiting_approval"}, "approved", Permission.APPROVALS_DECIDE),
    "lapse": ({"approved"}, "awaiting_approval", None),
    "issue": ({"approved"}, "issued", None),
    "reject": (BEFORE | {"approved"}, "rejected", Permission.DOSSIERS_REJECT),
    "withdraw": (BEFORE | {"approved"}, "withdrawn", None),
    "expire": (BEFORE, "expired", None),
    "reopen": ({"expired"}, "collecting", None),
}
DOCUMENTS = {
    "accept": ({"undecided"}, "accepted"),
    "refuse": ({"undecided", "accepted"}, "refused"),
    "undo": ({"accepted", "refused"}, "undecided"),
    "withdraw": ({"undecided", "accepted", "refused"}, "withdrawn"),
}


def test_the_table_has_these_transitions_and_no_other() -> None:
    assert set(lifecycle.TRANSITIONS) == set(EXPECTED)
    assert set(documents.TRANSITIONS) == set(DOCUMENTS)


@pytest.mark.parametrize("name", EXPECTED)
def test_each_transition_of_a_dossier(name: str) -> None:
    transition = lifecycle.TRANSITIONS[name]
    was, becomes, permission = EXPECTED[name]
    assert set(transition.was) == was
    assert transition.becomes == becomes
    assert transition.permission == permission


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_transition_of_a_document(name: str) -> None:
    transition = documents.TRANSITIONS[name]
    assert (set(transition.was), transition.becomes) == DOCUMENTS[name]


def test_only_an_expired_dossier_comes_back() -> None:
    out_of = {
        status: [n for n, t in lifecycle.TRANSITIONS.items() if status in t.was]
        for status in lifecycle.CLOSED
    }
    assert out_of == {
        "issued": [],
        "rejected": [],
        "withdrawn": [],
        "expired": ["merge", "reopen"],
        "merged": [],
    }


def test_every_state_has_a_name_and_a_tone() -> None:
    assert set(lifecycle.LABELS) == set(lifecycle.TONES) == set(lifecycle.EVERY)
    assert set(documents.LABELS) == set(documents.TONES) == set(documents.EVERY)
