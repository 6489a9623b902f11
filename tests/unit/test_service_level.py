"""Since when somebody waits: a table of conversations, in minutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.conversations.service_level import Said, waiting_since

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def at(minute: int | None) -> datetime | None:
    return None if minute is None else NOON + timedelta(minutes=minute)


@pytest.mark.parametrize(
    ("said", "settled", "reopened", "since"),
    [
        pytest.param("", [], None, None, id="nothing was said"),
        pytest.param("?1", [], None, 1, id="a question"),
        pytest.param("?1 ?5 ?9", [], None, 1, id="further mails do not postpone it"),
        pytest.param("?1 !5", [], None, None, id="answered"),
        pytest.param("?1 !5 ?9 ?12", [], None, 9, id="asked again after the answer"),
        pytest.param("!5", [], None, None, id="we wrote first"),
        pytest.param("?1 ?4", [2], None, 4, id="closed or settled in between"),
        pytest.param("?1", [2], None, None, id="nothing since it was closed"),
        pytest.param("?1", [2], 7, 7, id="opened again by hand"),
        pytest.param("?1 ?9", [2], 7, 7, id="opened again, then a mail"),
        pytest.param("?1 ?5", [2], 7, 5, id="a mail, then opened by hand"),
        pytest.param("?1 !8", [2], 7, None, id="opened again and answered"),
        pytest.param("?1 ?6", [2, 4], None, 6, id="settled twice"),
    ],
)
def test_since_when(said: str, settled: list[int], reopened: int | None, since: int | None) -> None:
    story = [Said(NOON + timedelta(minutes=int(word[1:])), ours=word[0] == "!") for word in said.split()]

    assert waiting_since(story, settled=[at(one) for one in settled], reopened=at(reopened)) == at(since)
