"""The confined process: reads files from one pipe, answers with page images on another.

Run by file path in Python's isolated mode, it must not import the product (Flask, database, settings). So the
packages above `rendering` are stood in for by empty ones: their `__init__.py` never runs here.
"""

import json
import os
import sys
import types
from pathlib import Path

OUT_OF_MEMORY = 3
"""The exit status that says so."""


def main() -> None:
    """Load everything, confine, say so, then serve files until the other side closes the pipe."""
    stand_in_packages(Path(__file__).resolve().parents[2])
    from app.documents.rendering import frames, service
    from app.documents.rendering.confinement import confine
    from app.documents.rendering.limits import Limits

    limits = Limits(**json.loads(sys.argv[1]))
    source, target = _private_pipes()
    service.warm_up(limits)
    measures = confine(limits.memory_bytes)
    frames.write_all(target, frames.answer({"kind": "ready", "measures": measures}))
    try:
        while True:
            service.serve(source, target, limits)
    except EOFError:
        return
    except MemoryError:
        os._exit(OUT_OF_MEMORY)


def stand_in_packages(app_folder: Path) -> None:
    """Make `app.documents.rendering` importable without running the code of the packages above it."""
    for name, folder in (("app", app_folder), ("app.documents", app_folder / "documents")):
        package = types.ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package


def _private_pipes() -> tuple[int, int]:
    """The pipes under new numbers, so that a library that prints cannot spoil an answer."""
    source, target = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    return source, target


if __name__ == "__main__":
    main()
