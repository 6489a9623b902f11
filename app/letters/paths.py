"""Where the personal link of a letter leads, by the link's purpose."""

from __future__ import annotations

LINK_PATHS = {"activate": "/activate/", "certificate": "/certificate/"}
# Purposes whose link is used up by one act, so that only the newest may work.
SINGLE_USE = frozenset({"activate"})

# Stands in the stored letter where the link goes; the token itself is made when the letter is sent.
LINK_PLACEHOLDER = "⟦personal link⟧"


def link_address(public_url: str, purpose: str, token: str) -> str:
    """The whole address of a personal link; KeyError for a purpose without a page."""
    return f"{public_url}{LINK_PATHS[purpose]}{token}"
