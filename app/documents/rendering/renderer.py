"""Page images of a file, whatever the file contains."""

import os
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from app.documents.rendering.findings import ENGLISH, Finding, finding
from app.documents.rendering.limits import Limits
from app.documents.rendering.media_types import UNKNOWN, media_type
from app.documents.rendering.pages import Page
from app.documents.rendering.worker import RendererUnavailable, Worker, WorkerDied

__all__ = ["Limits", "Page", "Renderer", "RendererUnavailable", "Rendering"]

JPEG_START = b"\xff\xd8\xff"


@dataclass(slots=True)
class Rendering:
    """What became of one file: its media type by its own bytes, its pages in order, and what was noticed."""

    media_type: str
    pages: list[Page] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


class Renderer:
    """Draws one file at a time in a warm confined child; safe to share between threads.

    The child starts with the first file and is replaced after one that killed it. A process that was forked from
    another makes its own.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._worker: Worker | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def render(self, content: bytes) -> Rendering:
        """The pages of a PDF, JPEG or PNG. What is wrong with the file becomes a finding, never an exception.

        Raises RendererUnavailable only, when no child can be started on this machine.
        """
        rendering = Rendering(media_type(content))
        refusal = self._refusal(content, rendering.media_type)
        if refusal:
            rendering.findings.append(finding(refusal))
            return rendering
        with self._lock:
            self._collect(content, rendering)
        return rendering

    def measures(self) -> list[str]:
        """The confinement that holds for the child, by name (see confinement.py). Raises RendererUnavailable."""
        with self._lock:
            return list(self._warm_worker().measures)

    def close(self) -> None:
        """End the child; the next file would start a new one."""
        with self._lock:
            self._drop_worker()

    def _refusal(self, content: bytes, kind: str) -> str | None:
        if not content:
            return "empty"
        if len(content) > self.limits.content_bytes:
            return "too_big"
        return "unsupported" if kind == UNKNOWN else None

    def _collect(self, content: bytes, rendering: Rendering) -> None:
        """What arrived before the child died is kept: half a dossier's pages are better than none."""
        codes: list[str] = []
        try:
            for header, parts in self._warm_worker().answers(content):
                _sort(header, parts, rendering.pages, codes)
        except WorkerDied as reason:
            codes.append(reason.code)
            self._drop_worker()
        except (ValueError, KeyError, TypeError):
            codes.append("crashed")
            self._drop_worker()
        rendering.findings.extend(finding(code) for code in dict.fromkeys(codes))

    def _warm_worker(self) -> Worker:
        # A child that died between two files must not be held against the next one.
        if self._worker is not None and (self._worker.owner != os.getpid() or not self._worker.alive):
            self._drop_worker()
        if self._worker is None:
            self._worker = Worker(self.limits)
        return self._worker

    def _drop_worker(self) -> None:
        if self._worker is not None:
            with suppress(OSError):
                self._worker.stop()
        self._worker = None


def _sort(header: dict[str, Any], parts: list[bytes], pages: list[Page], codes: list[str]) -> None:
    """Take an answer apart, trusting nothing: a child that was taken over could send anything."""
    if header["kind"] == "finding" and header["code"] in ENGLISH:
        codes.append(header["code"])
        return
    full, thumbnail = parts
    if header["kind"] != "page" or not (full.startswith(JPEG_START) and thumbnail.startswith(JPEG_START)):
        raise ValueError("neither a page nor a finding")
    pages.append(Page(full, thumbnail, int(header["width"]), int(header["height"])))
