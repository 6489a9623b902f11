"""Rules of the house that a tool can hold. Each failure says what to do instead."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from config import PROJECT

APP = PROJECT / "app"


def modules(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """Every module below these folders, parsed, with its path in the project."""
    for folder in folders:
        for file in sorted((PROJECT / folder).rglob("*.py")):
            yield str(file.relative_to(PROJECT)), ast.parse(file.read_text())


def tracked() -> list[Path]:
    """Every file that belongs to the project."""
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=PROJECT, check=True, capture_output=True, text=True
    ).stdout
    return [PROJECT / name for name in names.split("\0") if name and (PROJECT / name).is_file()]


def assigns_status(node: ast.AST) -> bool:
    """`thing.status = …`, `change_status(…)`, `.values(status=…)`, or SQL that sets the column."""
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(isinstance(target, ast.Attribute) and target.attr == "status" for target in targets)
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        stated = any(keyword.arg == "status" for keyword in node.keywords)
        new_row = "insert(" in ast.unparse(node.func)
        return name == "change_status" or (name == "values" and stated and not new_row)
    return isinstance(node, ast.Constant) and bool(re.search(r"\bSET\s+status\b", str(node.value)))


def test_statuses_change_in_lifecycle_modules_only() -> None:
    found = [
        f"{path}:{getattr(node, 'lineno', 0)}"
        for path, tree in modules("app")
        if not path.endswith("/lifecycle.py") and path != "app/kernel/database.py"
        for node in ast.walk(tree)
        if assigns_status(node)
    ]

    assert not found, f"Give the change a name in the feature's lifecycle.py and call that: {found}"


def test_the_product_imports_neither_demo_nor_tests() -> None:
    found = []
    for path, tree in modules("app"):
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [f"{path}: {name}" for name in names if name.split(".")[0] in ("demo", "tests", "bench")]

    assert not found, f"What the product needs belongs into app/: {found}"


def test_no_file_is_a_drawer_for_anything() -> None:
    drawers = {"utils", "util", "helpers", "misc", "common"}
    found = [str(file.relative_to(PROJECT)) for file in tracked() if file.stem in drawers]

    assert not found, f"Name the file for what is in it: {found}"


def test_the_project_stands_alone() -> None:
    # Written in parts, so that this file does not find itself.
    outside = re.compile("|".join([r"\.\./" + "shared", "/work/" + "shared", "/work/" + "main"]))
    texts = (file for file in tracked() if file.suffix not in (".png", ".woff2", ".jpg", ".pdf"))
    found = [
        str(file.relative_to(PROJECT)) for file in texts if outside.search(file.read_text(errors="ignore"))
    ]

    assert not found, f"A clone has nothing beside itself: {found}"


def test_verbs_know_nothing_of_requests() -> None:
    screens = re.compile(
        r"/(admin|views|forms|commands|sign_in|network)\.py$|^app/(kernel|desk|__init__|cli)"
    )
    found = [
        f"{path}: {name}"
        for path, tree in modules("app")
        if not screens.search(path)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "flask"
        for name in (alias.name for alias in node.names)
        if name in ("flash", "redirect", "request", "session")
    ]

    assert not found, f"A verb takes people and things; the view reads the request: {found}"


def test_no_word_is_left_for_later() -> None:
    later = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "HA" + "CK"]) + r")\b")
    texts = (
        file for file in tracked() if file.suffix in (".py", ".html", ".js", ".css", ".txt", ".md", ".toml")
    )
    found = [
        str(file.relative_to(PROJECT)) for file in texts if later.search(file.read_text(errors="ignore"))
    ]

    assert not found, f"Do it, or write an issue and say there what is missing: {found}"
