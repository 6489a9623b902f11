"""Locks the dependencies with hashes (`make lock`), or checks that the locks are what the `.in` files ask for.

Each locked file ends with a line that holds the digest of its `.in` files. With a registry at hand the check lets uv
compile again and expects the very same file; without one it compares the digest.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
SOURCES = {
    "requirements.txt": ["requirements.in"],
    "requirements-dev.txt": ["requirements.in", "requirements-dev.in"],
}
MARK = "# Made from .in files with the digest "


class NoRegistry(Exception):
    """Raised when uv cannot compile; the text is what it said."""


def digest(folder: Path, locked: str) -> str:
    """The digest of what a locked file was made from."""
    content = b"\0".join((folder / name).read_bytes() for name in SOURCES[locked])
    return hashlib.sha256(content).hexdigest()


def compile_in(folder: Path, locked: str) -> None:
    """Compile one locked file; versions that it names already are kept unless the `.in` file forbids them."""
    options = ["--quiet", "--generate-hashes", "--universal", "--python-version", "3.11"]
    command = [sys.executable, "-m", "uv", "pip", "compile", *options, SOURCES[locked][-1], "-o", locked]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if result.returncode != 0:
        raise NoRegistry(result.stderr.strip())
    with (folder / locked).open("a") as file:
        file.write(f"{MARK}{digest(folder, locked)}\n")


def is_current(folder: Path, locked: str) -> bool:
    """Tell whether the digest at the end of the locked file is that of today's `.in` files."""
    last = (folder / locked).read_text().splitlines()[-1]
    return last == MARK + digest(folder, locked)


def check() -> list[str]:
    """Name the locked files that are out of date."""
    stale = [locked for locked in SOURCES if not is_current(PROJECT, locked)]
    if stale:
        return stale
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for each in {*SOURCES, *SOURCES["requirements-dev.txt"]}:
            shutil.copy(PROJECT / each, folder / each)
        try:
            for locked in SOURCES:
                compile_in(folder, locked)
        except NoRegistry:
            print("No package registry answers: compared the digests of the .in files only.")
            return []
        return [each for each in SOURCES if (folder / each).read_bytes() != (PROJECT / each).read_bytes()]


def main() -> int:
    """Lock, or with --check say which locks are stale."""
    if sys.argv[1:] == ["--check"]:
        stale = check()
        if stale:
            print(f"Out of date: {', '.join(stale)}. Run `make lock` and commit the result.")
        return 1 if stale else 0
    for locked in SOURCES:
        compile_in(PROJECT, locked)
    return 0


if __name__ == "__main__":
    sys.exit(main())
