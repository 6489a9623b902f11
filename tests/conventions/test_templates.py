"""Templates keep to what the Content-Security-Policy allows, and every form that changes something carries the CSRF field."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "templates"
PAGES = sorted(
    path
    for path in ROOT.rglob("*.html")
    if path.parts[len(ROOT.parts)] != "letters" or path.name == "list.html"
)
# The frame of a stranger's formatted mail has a policy of its own, sandboxed, without scripts, with styles: see MessagesView.
OWN_POLICY = ROOT / "conversations" / "html.html"
INLINE_HANDLER = re.compile(r"""\son(click|change|submit|load|input|key\w+)\s*=""", re.IGNORECASE)
INLINE_STYLE = re.compile(r"""\sstyle\s*=\s*["']|<style[\s>]""", re.IGNORECASE)
SCRIPT = re.compile(r"<script\b[^>]*>", re.IGNORECASE)
POST_FORM = re.compile(r"""<form\b[^>]*method=["']post["'][^>]*>(.*?)</form>""", re.IGNORECASE | re.DOTALL)
CSRF = re.compile(r"csrf_token|hidden_tag\(\)")


def read(path: Path) -> str:
    """The template without its comments: they may name what they replace."""
    return re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_survives_the_strict_policy(path: Path) -> None:
    text = read(path)
    assert not INLINE_HANDLER.search(text), (
        "inline handlers are silently killed: use data attributes and a module"
    )
    assert path == OWN_POLICY or not INLINE_STYLE.search(text), (
        "inline styles are silently dropped: use a class in app/static/*.css"
    )
    assert "javascript:" not in text, "javascript: addresses are blocked: use a button"
    for script in SCRIPT.findall(text):
        assert "csp_nonce()" in script, f"this script will not run, it needs nonce=csp_nonce(): {script}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_form_that_posts_carries_the_csrf_field(path: Path) -> None:
    for form in POST_FORM.findall(read(path)):
        assert CSRF.search(form), "put {{ csrf_token_field() }} into the form, or its POST is refused"
